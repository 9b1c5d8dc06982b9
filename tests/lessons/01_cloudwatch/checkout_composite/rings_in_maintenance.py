# misconception: Maintenance is left out.
# expect: rings during maintenance
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'ALARM("{errors}") OR ALARM("{latency}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
