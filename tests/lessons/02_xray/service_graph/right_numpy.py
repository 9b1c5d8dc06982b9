import numpy as np


def calls_between(start, end):
    g = boto3.client("xray").get_service_graph(StartTime=start, EndTime=end)["Services"]
    by = {s["ReferenceId"]: s for s in g}
    out = []
    for s in g:
        for e in s["Edges"]:
            st = e["SummaryStatistics"]
            v = [h["Value"] for h in e["ResponseTimeHistogram"] for _ in range(h["Count"])]
            if not v:
                continue
            c = by[e["ReferenceId"]]
            out.append(
                dict(
                    caller=s["Name"],
                    callee=c["Name"],
                    type=c["Type"],
                    calls=st["TotalCount"],
                    average_ms=1000 * st["TotalResponseTime"] / st["TotalCount"],
                    p95_ms=1000 * np.quantile(v, 0.95, method="inverted_cdf"),
                    faults=st["FaultStatistics"]["TotalCount"],
                    throttles=st["ErrorStatistics"]["ThrottleCount"],
                    errors=st["ErrorStatistics"]["OtherCount"],
                )
            )
    return sorted(out, key=lambda r: -r["p95_ms"])
