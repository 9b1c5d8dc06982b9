# misconception: the edge of the bad half hour, typed in
# expect: no such edge is in its graph
def calls_between(start, end) -> list:
    """Every edge of the service graph of a period, the one with the longest p95 first."""
    edge = {"caller": "payment", "callee": "api.northbank.example", "type": "remote", "calls": 3}
    return [
        edge | {"average_ms": 2481.0, "p95_ms": 2624.0, "faults": 0, "throttles": 0, "errors": 0}
    ]
