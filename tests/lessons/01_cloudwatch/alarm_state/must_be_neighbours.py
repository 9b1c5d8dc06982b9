# misconception: M of N is read as M in a row.
# expect: need not be neighbours
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    real = [point for point in points if point is not None][-n:]
    row = longest = 0
    for point in real:
        row = row + 1 if point else 0
        longest = max(longest, row)
    if longest >= m:
        return "ALARM"
    if not real:
        return {"missing": "INSUFFICIENT_DATA", "ignore": previous, "breaching": "ALARM"}.get(
            treat_missing, "OK"
        )
    return "OK"
