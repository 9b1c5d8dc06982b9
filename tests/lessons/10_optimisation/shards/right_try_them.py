def shards_needed(plan: dict) -> int | None:
    def is_enough(shards):
        return all(
            math.ceil(events / plan["packed"]) <= 1000 * shards
            and size <= shards * 1024 * 1024
            and size * len(plan["shared"]) <= shards * 2 * 1024 * 1024
            for events, size in plan["seconds"]
        )

    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    shards = 1
    while not is_enough(shards):
        shards += 1
    return shards
