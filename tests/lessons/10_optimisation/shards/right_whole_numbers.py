def shards_needed(plan: dict) -> int | None:
    if sum(plan["shared"]) > 5 or plan["fan_out"] > 20:
        return None
    events = max((events for events, _ in plan["seconds"]), default=0)
    most = max((size for _, size in plan["seconds"]), default=0)
    records = -(-events // plan["packed"])
    read = most * len(plan["shared"])
    return max(1, -(-records // 1000), -(-most // 1048576), -(-read // 2097152))
