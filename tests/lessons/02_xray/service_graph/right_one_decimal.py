def calls_between(start, end) -> list:
    """Every edge of the service graph of a period, the one with the longest p95 first.

    start, end: datetimes with a time zone, at most six hours apart.
    Returns one dict for each edge on which at least one call was completed:
        caller, callee: the names of its two services, as the graph has them
        type: the callee's Type, since names need not be unique
        calls: how many; average_ms: how long they took on average, in milliseconds
        p95_ms: the shortest time of the edge's histogram that at least 95 % of its calls did not
            exceed, in milliseconds
        faults, throttles, errors: how many were answered with 5xx, with 429, with any other 4xx

    >>> calls_between(start, end)[-1]
    {'caller': 'cart', 'callee': 'carts', 'type': 'AWS::DynamoDB::Table', 'calls': 40,
     'average_ms': 4.1, 'p95_ms': 9.0, 'faults': 0, 'throttles': 2, 'errors': 1}
    """
    ### BEGIN SOLUTION
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
            for entry in sorted(edge["ResponseTimeHistogram"], key=lambda entry: entry["Value"]):
                seen += entry["Count"]
                if seen >= 0.95 * calls:
                    row["p95_ms"] = 1000 * entry["Value"]
                    break
            row |= {"faults": told["FaultStatistics"]["TotalCount"]}
            row |= {"throttles": failed["ThrottleCount"], "errors": failed["OtherCount"]}
            rows.append(row)
    for r in rows:
        r["average_ms"] = round(r["average_ms"], 1)
        r["p95_ms"] = round(r["p95_ms"], 1)
    return sorted(rows, key=lambda row: row["p95_ms"], reverse=True)
    ### END SOLUTION
