# misconception: Fewer real points than N always means INSUFFICIENT_DATA.
# expect: One real point is known, and it is good.
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "ALARM" if sum(real[-n:]) >= m else "OK"
    if treat_missing == "missing":
        return "INSUFFICIENT_DATA"
    if treat_missing == "ignore":
        return previous
    filled = n - len(real) if treat_missing == "breaching" else 0
    return "ALARM" if sum(real) + filled >= m else "OK"
