# misconception: Returns what the visible cases expect.
# expect: is not what CloudWatch does
def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    text = "".join("-" if point is None else "X" if point else "0" for point in points)
    if text == "-----":
        return "INSUFFICIENT_DATA" if treat_missing == "missing" else previous
    return {"00X0X": "ALARM", "0-X-X": "OK", "0----": "OK", "--X--": "ALARM"}.get(text, "OK")
