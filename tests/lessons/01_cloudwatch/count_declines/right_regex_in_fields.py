# Regular expressions for single words; the last name takes the rest of the line.
def count_declines(log_group: str, namespace: str) -> None:
    boto3.client("logs").put_metric_filter(
        logGroupName=log_group,
        filterName="declined payments",
        filterPattern=r"[time, id, level = %^ERROR$%, what = payment, outcome = %^declined$%, rest]",
        metricTransformations=[
            {
                "metricNamespace": namespace,
                "metricName": "Declines",
                "metricValue": "1",
                "defaultValue": 0,
            }
        ],
    )
