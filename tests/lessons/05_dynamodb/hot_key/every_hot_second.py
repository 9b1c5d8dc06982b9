# misconception: each hot second is a row of its own
# expect: wanted once: with the hotter
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
    hot = rows[rows.share > 0.5].sort_values("share", ascending=False)
    return hot.to_dict("records")
