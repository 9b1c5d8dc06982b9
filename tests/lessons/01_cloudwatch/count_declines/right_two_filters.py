# A second filter adds 0 for every line, in place of a default value.
def count_declines(log_group: str, namespace: str) -> None:
    counted = "[w1, w2, w3 = ERROR, w4 = payment, w5 = declined, ...]"
    for name, pattern, value in (("declines", counted, "1"), ("alive", "", "0")):
        boto3.client("logs").put_metric_filter(
            logGroupName=log_group,
            filterName=name,
            filterPattern=pattern,
            metricTransformations=[
                {"metricNamespace": namespace, "metricName": "Declines", "metricValue": value}
            ],
        )
