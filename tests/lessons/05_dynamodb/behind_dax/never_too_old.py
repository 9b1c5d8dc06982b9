# misconception: an entry stays until it is written
# expect: an entry never grew too old
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
        elif key in cache:
            stale += cache[key][0] != table.get(key)
        else:
            to_table += 1
            cache[key] = (table.get(key), now)
    return {"to_table": to_table, "stale": stale}
