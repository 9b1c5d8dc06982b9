# misconception: a MiB has a million bytes
# expect: a MiB has 1,000,000 bytes
def shards_needed(plan: dict) -> int | None:
    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    needed = 1
    for events, size in plan["seconds"]:
        records, read = math.ceil(events / plan["packed"]), size * len(plan["shared"])
        limits = [records / 1000, size / 10**6, read / (2 * 10**6)]
        needed = max(needed, *(math.ceil(share) for share in limits))
    return needed
