def which_cache(need: dict) -> dict:
    stored, missed = {}, 0
    for second, what in need["asked"]:
        if what not in stored or second - stored[what] >= need["stale_s"]:
            stored[what] = second
            missed += 1
    seldom = 2 * missed > len(need["asked"])
    looked_aside = need["keeps"] in ("items", "objects")

    def refusal(name: str):
        if need["stale_s"] <= 0:
            return "stale_s"
        if seldom:
            return "asked"
        if name in ("valkey", "memcached"):
            kept = looked_aside
        else:
            kept = need["keeps"] == ("items" if name == "dax" else "answers")
        if not kept:
            return "keeps"
        if need["same_calls"] and name in ("valkey", "memcached"):
            return "same_calls"
        lacks = {
            "valkey": ("threads",),
            "memcached": ("ranking", "pubsub", "failover", "snapshots", "encrypted"),
            "dax": ("snapshots",),
            "api_gateway": ("near", "http_api"),
        }
        for feature in need["features"]:
            if feature in lacks.get(name, ()):
                return feature
        return None

    names = ["dax", "valkey", "memcached", "cloudfront", "api_gateway"]
    reasons = {name: refusal(name) for name in names}
    fits = [name for name in names if reasons[name] is None]
    return {"fits": fits, "out": {name: why for name, why in reasons.items() if why}}
