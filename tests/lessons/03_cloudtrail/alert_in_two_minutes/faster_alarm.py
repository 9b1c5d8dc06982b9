# misconception: A 10-second alarm makes a metric filter fast.
# expect: nothing was sent
def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    logs, cloudwatch = boto3.client("logs"), boto3.client("cloudwatch")
    stops = '{ (($.eventName = "StopLogging") || ($.eventName = "DeleteTrail")) && ($.errorCode NOT EXISTS) }'
    metric = {"metricName": name, "metricNamespace": "Audit", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=log_group, filterName=name, filterPattern=stops, metricTransformations=[metric]
    )
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Audit",
        MetricName=name,
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
