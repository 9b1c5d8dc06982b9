# FILL makes good minutes of the gaps, so that TreatMissingData has nothing to do.
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    queries = [{"Id": "rate", "Expression": "FILL(100 * FILL(errors, 0) / calls, 0)"}]
    for key, name in (("errors", "Errors"), ("calls", "Invocations")):
        metric = {"Namespace": "AWS/Lambda", "MetricName": name}
        metric["Dimensions"] = [{"Name": "FunctionName", "Value": function_name}]
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        queries.append({"Id": key, "MetricStat": stat, "ReturnData": False})
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-error-rate",
        Metrics=queries,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        AlarmActions=[topic_arn],
    )
