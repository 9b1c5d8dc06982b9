# misconception: the average load decides
# expect: In the middle of three seconds
def shards_needed(plan: dict) -> int | None:
    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    needed = 1
    seconds = plan["seconds"]
    if seconds:
        seconds = [[-(-sum(column) // len(seconds)) for column in zip(*seconds)]]
    for events, size in seconds:
        records, read = math.ceil(events / plan["packed"]), size * len(plan["shared"])
        limits = [records / 1000, size / 2**20, read / 2**21]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return needed
