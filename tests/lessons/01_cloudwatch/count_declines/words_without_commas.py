# misconception: a field of a bracket pattern may hold two words
# expect: AWS refuses what count_declines asks for
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern="[time, id, level=ERROR, what=payment declined, ...]",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
