# misconception: many requests in a second make a key hot
# expect: requests or units
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats count(*) as requests, sum(units) as units by key, unit, bin(1s) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 3000, "WCU": 1000})
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.requests >= 15].sort_values("requests", ascending=False)
    return hot.drop_duplicates(["key", "unit"]).drop(columns="requests").to_dict("records")
