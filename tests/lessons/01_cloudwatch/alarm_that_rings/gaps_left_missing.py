# misconception: Leaves gaps as missing, so one bad minute rings.
# expect: One bad minute among silent ones
def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    alarm = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
    listed = client.list_metrics(
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Dimensions=alarm["Dimensions"],
        RecentlyActive="PT3H",
    )["Metrics"]
    now = max(listed, key=lambda metric: len(metric["Dimensions"]))
    client.put_metric_alarm(
        AlarmName=alarm_name,
        Dimensions=now["Dimensions"],
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Statistic=alarm["Statistic"],
        Period=alarm["Period"],
        EvaluationPeriods=alarm["EvaluationPeriods"],
        DatapointsToAlarm=alarm["DatapointsToAlarm"],
        Threshold=alarm["Threshold"],
        ComparisonOperator=alarm["ComparisonOperator"],
        AlarmActions=alarm["AlarmActions"],
    )
