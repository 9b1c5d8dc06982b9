def calls_between(start, end) -> list:
    """Every edge of the service graph of a period, the one with the longest p95 first."""
    graph = boto3.client("xray").get_service_graph(StartTime=start, EndTime=end)["Services"]
    names = {each["ReferenceId"]: (each["Name"], each.get("Type")) for each in graph}
    found = []
    for service in graph:
        for edge in service.get("Edges", []):
            times = edge["ResponseTimeHistogram"]
            ms = pd.Series([entry["Value"] for entry in times], dtype=float)
            ms = (1000 * ms.repeat([entry["Count"] for entry in times])).sort_values()
            if ms.empty:
                continue
            told = edge["SummaryStatistics"]
            callee, kind = names[edge["ReferenceId"]]
            found.append(
                {
                    "caller": service["Name"],
                    "callee": callee,
                    "type": kind,
                    "calls": len(ms),
                    "average_ms": told["TotalResponseTime"] * 1000 / told["TotalCount"],
                    "p95_ms": float(ms.iloc[-(-95 * len(ms) // 100) - 1]),
                    "faults": told["FaultStatistics"]["TotalCount"],
                    "throttles": told["ErrorStatistics"]["ThrottleCount"],
                    "errors": told["ErrorStatistics"]["TotalCount"]
                    - told["ErrorStatistics"]["ThrottleCount"],
                }
            )
    return sorted(found, key=lambda row: -row["p95_ms"])
