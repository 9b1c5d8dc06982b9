# misconception: AND where OR is meant.
# expect: only when errors and latency ring together
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'ALARM("{errors}") AND ALARM("{latency}") AND NOT ALARM("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
