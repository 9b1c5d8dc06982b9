def alarm_state(points: list, n: int, m: int, treat_missing: str, previous: str) -> str:
    """Fills the newest n places first, then asks whether a rule settles the rest."""
    known = [point for point in reversed(points) if point is not None][:n]
    short = n - len(known)
    if short and treat_missing in ("breaching", "notBreaching"):
        known, short = known + [treat_missing == "breaching"] * short, 0
    if known.count(True) >= m:
        return "ALARM"
    if not short or False in known:
        return "OK"
    if treat_missing == "ignore":
        return previous
    old_enough = any(points[: len(points) - m + 1])
    return "ALARM" if old_enough else "INSUFFICIENT_DATA"
