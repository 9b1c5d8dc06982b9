# misconception: the names of the page are the names everywhere
# expect: Is every name taken from
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern="[time, id, level=ERROR, what=payment, outcome=declined, ...]",
        metricTransformations=[
            {
                "metricNamespace": "Shop/Terminal",
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
