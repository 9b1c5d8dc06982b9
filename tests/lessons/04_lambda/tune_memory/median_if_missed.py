# misconception: the fastest size is the one with the least median
# expect: its median is good enough
def tune_memory(function: str, rows: list, goal_ms: float) -> None:
    safe = [
        row
        for row in rows
        if row["errors"] == 0 and row["memory_used_mb"] <= 0.9 * row["memory_mb"]
    ]
    if not safe:
        return
    fastest = min(row["duration_p95_ms"] for row in safe)
    limit = goal_ms if fastest <= goal_ms else 1.05 * fastest
    key = "duration_p95_ms"
    if fastest > goal_ms:
        key = "duration_p50_ms"
        limit = 1.05 * min(row[key] for row in safe)
    good = [row for row in safe if row[key] <= limit]
    best = min(good, key=lambda row: row["cost_per_million_usd"])
    boto3.client("lambda").update_function_configuration(
        FunctionName=function, MemorySize=best["memory_mb"]
    )
