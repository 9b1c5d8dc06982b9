# misconception: the table's capacity is what counts
# expect: SALE#1 took 620 WCU within a second
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units by key, unit, bin(1s) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 1000, "WCU": 4000})
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.share > 0.5].sort_values("share", ascending=False)
    return hot.drop_duplicates(["key", "unit"]).to_dict("records")
