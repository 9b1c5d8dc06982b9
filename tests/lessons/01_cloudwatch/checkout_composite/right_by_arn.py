def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    client = boto3.client("cloudwatch")
    found = client.describe_alarms(AlarmNames=[errors, latency, maintenance])["MetricAlarms"]
    arn = {alarm["AlarmName"]: alarm["AlarmArn"] for alarm in found}
    rings = f'AT_LEAST(1, ALARM, ("{arn[errors]}", "{arn[latency]}"))'
    quiet = f'(OK("{arn[maintenance]}") OR INSUFFICIENT_DATA("{arn[maintenance]}"))'
    client.put_composite_alarm(AlarmName=name, AlarmRule=f"{rings} AND {quiet}")
