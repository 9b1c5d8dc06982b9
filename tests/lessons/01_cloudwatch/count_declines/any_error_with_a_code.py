# misconception: only declines have a code
# expect: Which words follow the level
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern="[time, id, level=ERROR, what, outcome, code=code*, ...]",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
