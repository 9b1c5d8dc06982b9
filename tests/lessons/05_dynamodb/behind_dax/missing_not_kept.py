# misconception: only what exists is cached
# expect: DAX did not remember that an item does not exist
def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    table, cache, to_table, stale = {}, {}, 0, 0
    for call in calls:
        key, now = call["key"], call["second"]
        if call["op"] != "get":
            table[key] = call["value"]
            if call["op"] == "put":
                cache[key] = (call["value"], now)
        elif call["consistent"]:
            to_table += 1
        elif key in cache and now - cache[key][1] < item_ttl:
            stale += cache[key][0] != table.get(key)
        else:
            to_table += 1
            if key in table:
                cache[key] = (table[key], now)
    return {"to_table": to_table, "stale": stale}
