def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'NOT (ALARM("{maintenance}") OR NOT (ALARM("{errors}") OR ALARM("{latency}")))'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
