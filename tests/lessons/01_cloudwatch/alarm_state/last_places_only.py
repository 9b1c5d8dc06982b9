# misconception: Looks only at the last N places and forgets the wider evaluation range.
# expect: How many real points has the whole range?
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    newest = points[-n:]
    real = [point for point in newest if point is not None]
    breaching = sum(real) + (len(newest) - len(real) if treat_missing == "breaching" else 0)
    if breaching >= m:
        return "ALARM"
    if treat_missing in ("breaching", "notBreaching") or not all(real):
        return "OK"
    if treat_missing == "ignore":
        return previous
    places = [place for place, point in enumerate(reversed(newest), start=1) if point]
    return "ALARM" if places and max(places) >= m else "INSUFFICIENT_DATA"
