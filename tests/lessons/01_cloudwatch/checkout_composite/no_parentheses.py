# misconception: OR is believed to bind as tightly as AND.
# expect: silences latency, but not errors
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'ALARM("{errors}") OR ALARM("{latency}") AND NOT ALARM("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
