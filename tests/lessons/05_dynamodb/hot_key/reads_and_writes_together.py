# misconception: reads and writes of a key are one load
# expect: in your list
def hot_keys(group, resource, minutes):
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units by key, bin(1s) as second
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / 1000
    rows["unit"] = "WCU"
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.share > 0.5].sort_values("share", ascending=False)
    return hot.drop_duplicates(["key", "unit"]).to_dict("records")
