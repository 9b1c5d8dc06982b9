# misconception: a key is hot in one way only
# expect: It is there with its other unit
def hot_keys(group: str, resource: str, minutes: int) -> list[dict]:
    query = f"""
    filter resource = "{resource}"
    | stats sum(units) as units by key, unit, bin(1s) as second
    | filter units > 500
    """
    rows = ask(query, group, minutes)
    if rows.empty:
        return []
    rows["share"] = rows.units / rows.unit.map({"RCU": 3000, "WCU": 1000})
    rows["second"] = rows.second.str[11:19]
    hot = rows[rows.share > 0.5].sort_values("share", ascending=False)
    return hot.drop_duplicates(["key"]).to_dict("records")
