# misconception: an error that mentions the words is a decline
# expect: only mention a declined payment
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern=r"%^\S+ \S+ ERROR.*payment declined%",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
