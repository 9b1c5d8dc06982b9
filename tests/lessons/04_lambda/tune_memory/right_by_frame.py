def tune_memory(function: str, rows: list, goal_ms: float) -> None:
    table = pd.DataFrame(rows)
    table = table[(table.errors == 0) & (table.memory_used_mb <= table.memory_mb * 0.9)]
    met = table[table.duration_p95_ms <= goal_ms]
    if met.empty:
        met = table[table.duration_p95_ms <= 1.05 * table.duration_p95_ms.min()]
    if not met.empty:
        size = int(met.sort_values("cost_per_million_usd").memory_mb.iloc[0])
        client = boto3.client("lambda")
        client.update_function_configuration(FunctionName=function, MemorySize=size)
