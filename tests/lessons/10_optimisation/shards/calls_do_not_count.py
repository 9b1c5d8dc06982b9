# misconception: GetRecords has no limit of its own
# expect: as often as you like
def shards_needed(plan: dict) -> int | None:
    if plan["fan_out"] > 20:
        return None
    needed = 1
    for events, size in plan["seconds"]:
        records, read = math.ceil(events / plan["packed"]), size * len(plan["shared"])
        limits = [records / 1000, size / 2**20, read / 2**21]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return needed
