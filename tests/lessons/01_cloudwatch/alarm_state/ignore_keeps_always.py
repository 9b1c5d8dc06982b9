# misconception: ignore keeps the state whenever points are short
# expect: is not what CloudWatch does
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:
    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "ALARM" if sum(real[-n:]) >= m else "OK"
    if treat_missing == "ignore":
        return previous
    breaching = sum(real) + (n - len(real) if treat_missing == "breaching" else 0)
    if breaching >= m:
        return "ALARM"
    if treat_missing in ("breaching", "notBreaching") or not all(real):
        return "OK"
    places = [place for place, point in enumerate(reversed(points), start=1) if point]
    return "ALARM" if places and max(places) >= m else "INSUFFICIENT_DATA"
