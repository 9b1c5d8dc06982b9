# misconception: a failure in ten runs may be forgotten
# expect: runs failed: what ends early is cheap
def tune_memory(function: str, rows: list, goal_ms: float) -> None:
    safe = [
        row
        for row in rows
        if row["errors"] / row["runs"] < 0.1 and row["memory_used_mb"] <= 0.9 * row["memory_mb"]
    ]
    if not safe:
        return
    fastest = min(row["duration_p95_ms"] for row in safe)
    limit = goal_ms if fastest <= goal_ms else 1.05 * fastest
    good = [row for row in safe if row["duration_p95_ms"] <= limit]
    best = min(good, key=lambda row: row["cost_per_million_usd"])
    boto3.client("lambda").update_function_configuration(
        FunctionName=function, MemorySize=best["memory_mb"]
    )
