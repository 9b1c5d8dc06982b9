def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    alarm = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
    listed = client.list_metrics(
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Dimensions=alarm["Dimensions"],
        RecentlyActive="PT3H",
    )["Metrics"]
    metric = max(listed, key=lambda each: len(each["Dimensions"]))
    stat = {"Metric": metric, "Period": alarm["Period"], "Stat": alarm["Statistic"]}
    client.put_metric_alarm(
        AlarmName=alarm_name,
        Metrics=[{"Id": "orders", "MetricStat": stat, "ReturnData": True}],
        EvaluationPeriods=alarm["EvaluationPeriods"],
        DatapointsToAlarm=alarm["DatapointsToAlarm"],
        Threshold=alarm["Threshold"],
        ComparisonOperator=alarm["ComparisonOperator"],
        AlarmActions=alarm["AlarmActions"],
        OKActions=alarm["OKActions"],
        TreatMissingData="notBreaching",
    )
