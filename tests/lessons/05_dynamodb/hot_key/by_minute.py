# misconception: ten seconds are near enough to a second
# expect: Did you add up more than a second
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units, earliest(@timestamp) as at by key, unit, bin(10s) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 3000, "WCU": 1000})
    rows["second"] = rows["at"].str[11:19]
    hot = rows[(rows.share > 0.5) & (rows.key != "CALM#1")].drop(columns="at")
    return (
        hot.sort_values("share", ascending=False)
        .drop_duplicates(["key", "unit"])
        .to_dict("records")
    )
