def cause_of(hour: pd.DataFrame) -> str:
    """What goes wrong in an hour: one of the four causes, or "none"."""
    calm = hour.median(numeric_only=True)
    for start in range(len(hour) - 5):
        part = hour.iloc[start : start + 6]
        now = part.median(numeric_only=True)
        if now.requests > 5 * calm.requests:
            return "search_hammer"
        if now.payment_ms > 4 * calm.payment_ms:
            return "card_provider"
        if (part.table_throttled > 0).sum() > 3:
            return "hot_partition"
        found = part.cache_hits.sum() / max(1, part.cache_hits.sum() + part.cache_misses.sum())
        if found < 0.25:
            return "cache_flush"
    return "none"


told_apart_by = "requests"
