# misconception: the visible answer is the answer
# expect: behind_dax says {'to_table': 2, 'stale': 0}, and DAX did otherwise
def behind_dax(calls: list[dict], item_ttl: int) -> dict[str, int]:
    return {"to_table": 2, "stale": 0}
