def read_the_metrics(minutes: list) -> dict:
    frame = pd.DataFrame(minutes)
    hits, misses = frame.CacheHits.sum(), frame.CacheMisses.sum()
    if hits + misses == 0:
        return {"hit_rate": None, "lever": "nothing"}
    rate = float(hits / (hits + misses))
    if (frame.EngineCPUUtilization > 90).mean() > 0.5:
        return {"hit_rate": rate, "lever": "engine"}
    if rate >= 0.8 or rate < 0.05:
        return {"hit_rate": rate, "lever": "nothing" if rate >= 0.8 else "key"}
    flow = frame.iloc[1:][["Evictions", "Reclaimed"]].sum()
    change = frame.CurrItems.diff().iloc[1:]
    gone = (frame.SetTypeCmds.iloc[1:] - change).sum() - flow.sum()
    losses = {"emptied": gone, "ttl": flow["Reclaimed"], "memory": flow["Evictions"]}
    return {"hit_rate": rate, "lever": sorted(losses, key=losses.get)[-1]}
