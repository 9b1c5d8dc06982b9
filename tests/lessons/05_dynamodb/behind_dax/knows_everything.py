# misconception: DAX is told of every write
# expect: Which gets were answered by the cache
def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    table, cache, to_table, stale = {}, {}, 0, 0
    for call in calls:
        key, now = call["key"], call["second"]
        if call["op"] != "get":
            table[key] = call["value"]
            cache[key] = (call["value"], now)
        elif call["consistent"]:
            to_table += 1
        elif key in cache and now - cache[key][1] < item_ttl:
            stale += cache[key][0] != table.get(key)
        else:
            to_table += 1
            cache[key] = (table.get(key), now)
    return {"to_table": to_table, "stale": stale}
