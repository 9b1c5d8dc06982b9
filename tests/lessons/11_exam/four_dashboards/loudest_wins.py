# misconception: the loudest number names the cause
# expect: you say
def cause_of(hour: pd.DataFrame) -> str:
    numbers = hour.drop(columns="time")
    times = numbers.max() / numbers.median().clip(lower=1)
    names = {"payment_ms": "card_provider", "table_throttled": "hot_partition"}
    names |= {"cache_misses": "cache_flush", "requests": "search_hammer"}
    return names[times[list(names)].idxmax()]


told_apart_by = "cache_hits"
