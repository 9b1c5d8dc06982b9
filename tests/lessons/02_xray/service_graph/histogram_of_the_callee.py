# misconception: the callee's histogram is that of the edge
# expect: edge's own histogram
def calls_between(start, end) -> list:
    """Every edge of the service graph of a period, the one with the longest p95 first."""
    client, services = boto3.client("xray"), []
    for page in client.get_paginator("get_service_graph").paginate(StartTime=start, EndTime=end):
        services += page["Services"]
    known = {each["ReferenceId"]: each for each in services}
    rows = []
    for caller in services:
        for edge in caller["Edges"]:
            told, callee = edge["SummaryStatistics"], known[edge["ReferenceId"]]
            calls, failed = told["TotalCount"], told["ErrorStatistics"]
            if not calls:
                continue
            row = {"caller": caller["Name"], "callee": callee["Name"], "type": callee.get("Type")}
            row |= {"calls": calls, "average_ms": 1000 * told["TotalResponseTime"] / calls}
            seen = 0
            for entry in sorted(callee["ResponseTimeHistogram"], key=lambda entry: entry["Value"]):
                seen += entry["Count"]
                if seen >= 0.95 * calls:
                    row["p95_ms"] = 1000 * entry["Value"]
                    break
            row |= {"faults": told["FaultStatistics"]["TotalCount"]}
            row |= {"throttles": failed["ThrottleCount"], "errors": failed["OtherCount"]}
            rows.append(row)
    return sorted(rows, key=lambda row: row["p95_ms"], reverse=True)
