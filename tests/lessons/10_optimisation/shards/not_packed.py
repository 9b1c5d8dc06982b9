# misconception: each event counts as a record
# expect: a record of its own
def shards_needed(plan: dict) -> int | None:
    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    needed = 1
    for events, size in plan["seconds"]:
        records, read = events, size * len(plan["shared"])
        limits = [records / 1000, size / 2**20, read / 2**21]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return needed
