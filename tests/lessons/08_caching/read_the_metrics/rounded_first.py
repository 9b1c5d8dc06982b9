# misconception: 79.5 per cent are 80.
# expect: had reached its TTL
def read_the_metrics(minutes: list) -> dict:
    """What a cache's metrics of some minutes say: {"hit_rate": 0.87, "lever": "memory"}.

    minutes: one dict for each minute, in order: CacheHits, CacheMisses, SetTypeCmds (entries stored,
        each under a new key), Evictions, Reclaimed, CurrItems (at the end of the minute),
        DatabaseMemoryUsagePercentage, EngineCPUUtilization (percent).
    hit_rate: of all lookups of these minutes; None if there were none.
    lever: the first that holds
        "nothing"  there were no lookups
        "engine"   in more than half of the minutes EngineCPUUtilization is above 90
        "nothing"  hit_rate is 0.8 or more
        "key"      hit_rate is below 0.05: hardly anything is asked for twice
        else by what most entries were lost to, after the first minute:
        "memory"   eviction
        "ttl"      expiry
        "emptied"  neither: CurrItems fell by more than these two explain

    >>> read_the_metrics([{"CacheHits": 0, "CacheMisses": 0, "SetTypeCmds": 0, "Evictions": 0,
    ...     "Reclaimed": 0, "CurrItems": 7, "DatabaseMemoryUsagePercentage": 2.0,
    ...     "EngineCPUUtilization": 3.0}])
    {'hit_rate': None, 'lever': 'nothing'}
    """
    hits = sum(minute["CacheHits"] for minute in minutes)
    lookups = hits + sum(minute["CacheMisses"] for minute in minutes)
    if not lookups:
        return {"hit_rate": None, "lever": "nothing"}
    rate = hits / lookups
    rounded = round(rate, 2)
    busy = sum(minute["EngineCPUUtilization"] > 90 for minute in minutes)
    later = minutes[1:]
    stored = sum(minute["SetTypeCmds"] for minute in later)
    lost = {
        "memory": sum(minute["Evictions"] for minute in later),
        "ttl": sum(minute["Reclaimed"] for minute in later),
    }
    grown = minutes[-1]["CurrItems"] - minutes[0]["CurrItems"]
    lost["emptied"] = stored - lost["memory"] - lost["ttl"] - grown
    if busy > len(minutes) / 2:
        lever = "engine"
    elif rounded >= 0.8:
        lever = "nothing"
    elif rounded < 0.05:
        lever = "key"
    else:
        lever = max(lost, key=lost.get)
    return {"hit_rate": rate, "lever": lever}
