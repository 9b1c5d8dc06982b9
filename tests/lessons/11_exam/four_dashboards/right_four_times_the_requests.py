def cause_of(hour: pd.DataFrame) -> str:
    """What goes wrong in an hour: one of the four causes, or "none".

    hour: a row for each minute. time; counts: requests, errors_4xx, errors_5xx, table_throttled,
    cache_hits, cache_misses; 99th percentiles in ms: api_ms, checkout_ms, payment_ms, search_ms, NaN
    where nothing ran. Shops differ: what is usual in one may be an alarm in another.
    An incident lasts five minutes or longer; a single minute, however high, is none.

    >>> cause_of(hours["A"])
    'card_provider'
    """
    numbers = hour.drop(columns="time").ffill()
    asked, usual = numbers.rolling(5).sum(), numbers.median()
    lasting = numbers.rolling(5).median().max()  # what most of five minutes reach, at the worst
    if lasting.requests > 4 * usual.requests:
        return "search_hammer"
    if lasting.payment_ms > 3 * usual.payment_ms:
        return "card_provider"
    if lasting.table_throttled:
        return "hot_partition"
    return "cache_flush" if (asked.cache_misses > 3 * asked.cache_hits).any() else "none"


# cache_flush and search_hammer both raise cache_misses and search_ms. One other number that is far
# higher in one of them than in the other, by name; errors of servers and latencies are not it:
told_apart_by = ""
told_apart_by = "cache_hits"
