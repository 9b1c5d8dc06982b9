# misconception: read shards are the reads per second divided by 2
# expect: divided by 2 MB
def shards_needed(plan: dict) -> int | None:
    if plan["fan_out"] > 20:
        return None
    needed = 1
    for events, size in plan["seconds"]:
        records, read = math.ceil(events / plan["packed"]), size * len(plan["shared"])
        limits = [records / 1000, size / 2**20, read / 2**21]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return max(needed, math.ceil(sum(plan["shared"]) / 2))
