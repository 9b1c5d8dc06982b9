# misconception: Without dimensions another metric is watched: the sum of all functions.
# expect: which values does it see
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-error-rate",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Statistic="Average",
        Period=60,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
