# FILL makes good minutes of the gaps; TreatMissingData has nothing to do.
def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    [alarm] = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"]
    watched = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    listed = client.list_metrics(**watched, RecentlyActive="PT3H")["Metrics"]
    [metric] = [each for each in listed if len(each["Dimensions"]) > len(alarm["Dimensions"])]
    stat = {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}
    kept = (
        "AlarmName",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
    )
    client.put_metric_alarm(
        **{name: alarm[name] for name in kept},
        Metrics=[
            {"Id": "failed", "MetricStat": stat, "ReturnData": False},
            {"Id": "filled", "Expression": "FILL(failed, 0)"},
        ],
        AlarmActions=alarm["AlarmActions"],
        OKActions=alarm["OKActions"],
    )
