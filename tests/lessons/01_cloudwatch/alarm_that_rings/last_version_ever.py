# misconception: The version published last in the list is the live one.
# expect: Does the function look at what is published
def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    alarm = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]
    listed = client.list_metrics(
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Dimensions=alarm["Dimensions"],
    )["Metrics"]
    now = [each for each in listed if len(each["Dimensions"]) > len(alarm["Dimensions"])][-1]
    client.put_metric_alarm(
        AlarmName=alarm_name,
        Dimensions=now["Dimensions"],
        Namespace=alarm["Namespace"],
        MetricName=now["MetricName"],
        Statistic=alarm["Statistic"],
        Period=alarm["Period"],
        EvaluationPeriods=alarm["EvaluationPeriods"],
        DatapointsToAlarm=alarm["DatapointsToAlarm"],
        Threshold=alarm["Threshold"],
        ComparisonOperator=alarm["ComparisonOperator"],
        AlarmActions=alarm["AlarmActions"],
        OKActions=alarm["OKActions"],
        TreatMissingData="notBreaching",
    )
