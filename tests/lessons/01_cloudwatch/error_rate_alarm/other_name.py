# misconception: an alarm's name is for people
# expect: No 'broken-error-rate' among
def error_rate_alarm(function_name: str, topic_arn: str) -> None:
    queries = [{"Id": "rate", "Expression": "100 * errors / calls"}]
    for key, name in (("errors", "Errors"), ("calls", "Invocations")):
        metric = {"Namespace": "AWS/Lambda", "MetricName": name}
        metric["Dimensions"] = [{"Name": "FunctionName", "Value": function_name}]
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        queries.append({"Id": key, "MetricStat": stat, "ReturnData": False})
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{function_name}-errors",
        Metrics=queries,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
