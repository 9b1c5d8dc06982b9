# misconception: What was lost in the first minute counts too, though CurrItems is known from its end on.
# expect: had reached its TTL
def read_the_metrics(minutes: list) -> dict:
    hits = sum(minute["CacheHits"] for minute in minutes)
    lookups = hits + sum(minute["CacheMisses"] for minute in minutes)
    if not lookups:
        return {"hit_rate": None, "lever": "nothing"}
    rate = hits / lookups
    busy = sum(minute["EngineCPUUtilization"] > 90 for minute in minutes)
    later = minutes
    stored = sum(minute["SetTypeCmds"] for minute in later)
    lost = {
        "memory": sum(minute["Evictions"] for minute in later),
        "ttl": sum(minute["Reclaimed"] for minute in later),
    }
    grown = minutes[-1]["CurrItems"] - minutes[0]["CurrItems"]
    lost["emptied"] = stored - lost["memory"] - lost["ttl"] - grown
    if busy > len(minutes) / 2:
        lever = "engine"
    elif rate >= 0.8:
        lever = "nothing"
    elif rate < 0.05:
        lever = "key"
    else:
        lever = max(lost, key=lost.get)
    return {"hit_rate": rate, "lever": lever}
