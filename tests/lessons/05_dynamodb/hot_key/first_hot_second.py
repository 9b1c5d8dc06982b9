# misconception: the first hot second of a key is the one to report
# expect: other seconds have sums of their own
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units by key, unit, bin(1s) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 3000, "WCU": 1000})
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.share > 0.5]
    hot = hot.sort_values("second").drop_duplicates(["key", "unit"])
    return hot.sort_values("share", ascending=False).to_dict("records")
