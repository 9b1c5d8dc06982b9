def tune_memory(function: str, rows: list, goal_ms: float) -> None:
    by_cost = sorted(rows, key=lambda row: row["cost_per_million_usd"])
    safe = [
        r for r in by_cost if not r["errors"] and 10 * r["memory_used_mb"] <= 9 * r["memory_mb"]
    ]
    best = next((r for r in safe if r["duration_p95_ms"] <= goal_ms), None)
    if best is None and safe:
        fastest = min(r["duration_p95_ms"] for r in safe)
        best = next(r for r in safe if r["duration_p95_ms"] / fastest <= 1.05)
    if best:
        settings = {"FunctionName": function, "MemorySize": best["memory_mb"]}
        boto3.client("lambda").update_function_configuration(**settings)
