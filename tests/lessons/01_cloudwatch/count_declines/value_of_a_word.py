# misconception: the metric sums up what stands in the line
# expect: Two of three lines are declines
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern="[time, id, level=ERROR, what=payment, outcome=declined, code, ...]",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "$code",
                "defaultValue": 0,
            }
        ],
    )
