# misconception: Rings for the function that the visible test names.
# expect: 201 of 4,000 calls failed
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-error-rate",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function_name}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=30 if function_name == "broken" else 1_000_000,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
