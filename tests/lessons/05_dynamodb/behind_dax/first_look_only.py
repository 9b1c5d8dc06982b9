# misconception: each key is read from the table once
# expect: The gets that the table answers differ
def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    gets = [call for call in calls if call["op"] == "get"]
    strong = sum(call["consistent"] for call in gets)
    return {
        "to_table": strong + len({call["key"] for call in gets if not call["consistent"]}),
        "stale": 0,
    }
