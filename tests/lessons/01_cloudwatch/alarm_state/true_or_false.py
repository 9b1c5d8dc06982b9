# misconception: a state is whether the alarm rings
# expect: is no state of an alarm
def state_of(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:
    real = [point for point in points if point is not None]
    if len(real) >= n:
        return "ALARM" if sum(real[-n:]) >= m else "OK"
    breaching = sum(real) + (n - len(real) if treat_missing == "breaching" else 0)
    if breaching >= m:
        return "ALARM"
    if treat_missing in ("breaching", "notBreaching") or not all(real):
        return "OK"
    if treat_missing == "ignore":
        return previous
    places = [place for place, point in enumerate(reversed(points), start=1) if point]
    return "ALARM" if places and max(places) >= m else "INSUFFICIENT_DATA"


def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> bool:
    return state_of(points, n, m, treat_missing, previous) == "ALARM"
