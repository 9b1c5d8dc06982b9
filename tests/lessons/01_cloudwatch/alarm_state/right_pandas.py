import pandas as pd


def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:

    range_ = pd.Series(points, dtype="boolean")
    real = range_.dropna().tail(n)
    breaching, good = int(real.sum()), int((~real).sum())
    gaps = n - len(real)
    if treat_missing == "breaching":
        breaching, gaps = breaching + gaps, 0
    elif treat_missing == "notBreaching":
        good, gaps = good + gaps, 0
    if breaching >= m:
        return "ALARM"
    if good or not gaps:
        return "OK"
    if treat_missing == "ignore":
        return previous
    first = range_.fillna(False).to_numpy(dtype=bool).nonzero()[0]
    return "ALARM" if len(first) and len(points) - first[0] >= m else "INSUFFICIENT_DATA"
