# misconception: errors tell enough
# expect: does not hear latency
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'ALARM("{errors}") AND NOT ALARM("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
