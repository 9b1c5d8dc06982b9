# misconception: excluding the levels that were seen leaves the errors
# expect: Lines of another level that quote the words
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern="ERROR payment declined -INFO -WARN",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
