# AT_LEAST with a percentage, and a constant that changes nothing.
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = (
        f'TRUE AND AT_LEAST(50%, ALARM, ("{errors}", "{latency}")) AND NOT ALARM("{maintenance}")'
    )
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
