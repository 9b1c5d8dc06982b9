# misconception: An old breaching point followed by gaps is forgotten.
# expect: How old is the breaching point
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "ALARM" if sum(real[-n:]) >= m else "OK"
    breaching = sum(real) + (n - len(real) if treat_missing == "breaching" else 0)
    if breaching >= m:
        return "ALARM"
    if treat_missing in ("breaching", "notBreaching") or not all(real):
        return "OK"
    return previous if treat_missing == "ignore" else "INSUFFICIENT_DATA"
