class Cache:
    def __init__(self, ttl: int) -> None:
        self.ttl, self.kept = ttl, {}

    def keep(self, key: str, value, now: int) -> None:
        self.kept[key] = {"value": value, "until": now + self.ttl}

    def find(self, key: str, now: int) -> dict | None:
        entry = self.kept.get(key)
        if entry is None or now >= entry["until"]:
            self.kept.pop(key, None)
            return None
        return entry


def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    cache, held, found = Cache(item_ttl), {}, {"to_table": 0, "stale": 0}
    for call in calls:
        key, now = call["key"], call["second"]
        if call["op"] in ("put", "put past"):
            held[key] = call["value"]
            if call["op"] == "put":
                cache.keep(key, held[key], now)
            continue
        entry = None if call["consistent"] else cache.find(key, now)
        if entry is not None:
            found["stale"] += int(entry["value"] != held.get(key))
            continue
        found["to_table"] += 1
        if not call["consistent"]:
            cache.keep(key, held.get(key), now)
    return found
