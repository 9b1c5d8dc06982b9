# misconception: Adds the dimension of the visible test.
# expect: the alarm stayed silent while
def alarm_that_rings(alarm_name: str) -> None:
    client = boto3.client("cloudwatch")
    alarm = client.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"][0]

    client.put_metric_alarm(
        AlarmName=alarm_name,
        Dimensions=[*alarm["Dimensions"], {"Name": "Version", "Value": "42"}],
        Namespace=alarm["Namespace"],
        MetricName=alarm["MetricName"],
        Statistic=alarm["Statistic"],
        Period=alarm["Period"],
        EvaluationPeriods=alarm["EvaluationPeriods"],
        DatapointsToAlarm=alarm["DatapointsToAlarm"],
        Threshold=alarm["Threshold"],
        ComparisonOperator=alarm["ComparisonOperator"],
        AlarmActions=alarm["AlarmActions"],
        TreatMissingData="notBreaching",
    )
