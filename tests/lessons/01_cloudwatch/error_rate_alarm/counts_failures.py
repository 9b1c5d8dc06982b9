# misconception: Threshold 5 on the metric Errors is taken for 5 percent.
# expect: Does it watch a number of failures
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-error-rate",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": function_name}],
        Statistic="Sum",
        Period=60,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
