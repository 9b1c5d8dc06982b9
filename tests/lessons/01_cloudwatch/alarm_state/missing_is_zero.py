# misconception: A gap counts as a zero, whatever TreatMissingData says.
# expect: A gap is not a zero
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    newest = [bool(point) for point in points][-n:]
    if treat_missing == "ignore" and not any(point is not None for point in points):
        return previous
    real = [point for point in points if point is not None]
    if len(real) >= n:
        newest = real[-n:]
    return "ALARM" if sum(newest) >= m else "OK"
