# misconception: the key with the most units of the whole hour is the hot one
# expect: Nothing is hot there
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units by key, unit, bin(1h) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 3000, "WCU": 1000})
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.share > 0.5].sort_values("share", ascending=False)
    return hot.drop_duplicates(["key", "unit"]).to_dict("records")
