# misconception: another write makes an answer stale, even of the same value
# expect: Compare each cached answer
def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    table, cache, to_table, stale = {}, {}, 0, 0
    for call in calls:
        key, now = call["key"], call["second"]
        if call["op"] != "get":
            table[key] = now
            if call["op"] == "put":
                cache[key] = (now, now)
        elif call["consistent"]:
            to_table += 1
        elif key in cache and now - cache[key][1] < item_ttl:
            stale += cache[key][0] != table.get(key)
        else:
            to_table += 1
            cache[key] = (table.get(key), now)
    return {"to_table": to_table, "stale": stale}
