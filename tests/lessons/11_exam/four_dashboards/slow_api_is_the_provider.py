# misconception: a slow API is the card provider's fault
# expect: B is an hour of a throttled partition
def cause_of(hour: pd.DataFrame) -> str:
    """What goes wrong in an hour: one of the four causes, or "none"."""
    numbers = hour.drop(columns="time").ffill()
    asked, usual = numbers.rolling(5).sum(), numbers.median()
    lasting = numbers.rolling(5).median().max()  # what most of five minutes reach, at the worst
    if lasting.requests > 3 * usual.requests:
        return "search_hammer"
    if lasting.api_ms > 1.4 * usual.api_ms:
        return "card_provider"
    if lasting.table_throttled:
        return "hot_partition"
    return "cache_flush" if (asked.cache_misses > 3 * asked.cache_hits).any() else "none"


# cache_flush and search_hammer both raise cache_misses and search_ms. One other number that is far
# higher in one of them than in the other, by name; errors of servers and latencies are not it:
told_apart_by = ""
told_apart_by = "cache_hits"
