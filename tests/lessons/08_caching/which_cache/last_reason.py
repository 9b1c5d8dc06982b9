# misconception: Any feature that lacks is a reason as good as the first.
# expect: first, in the order of the list
def which_cache(need: dict) -> dict:
    keeps = {
        "valkey": {"items", "objects"},
        "memcached": {"items", "objects"},
        "dax": {"items"},
        "api_gateway": {"answers"},
        "cloudfront": {"answers"},
    }
    has = {
        "valkey": {"ranking", "pubsub", "failover", "snapshots", "encrypted"},
        "memcached": {"threads"},
        "dax": {"failover", "encrypted"},
        "api_gateway": set(),
        "cloudfront": {"near", "http_api"},
    }
    until, hits = {}, 0
    for second, what in need["asked"]:
        if second < until.get(what, second):
            hits += 1
        else:
            until[what] = second + need["stale_s"]
    out = {}
    for name in keeps:
        lacking = [each for each in need["features"] if each not in has[name]]
        if need["stale_s"] == 0:
            out[name] = "stale_s"
        elif hits < len(need["asked"]) / 2:
            out[name] = "asked"
        elif need["keeps"] not in keeps[name]:
            out[name] = "keeps"
        elif need["same_calls"] and name in ("valkey", "memcached"):
            out[name] = "same_calls"
        elif lacking:
            out[name] = lacking[-1]
    return {"fits": [name for name in keeps if name not in out], "out": out}
