# misconception: NOT OK is taken for ALARM; it also holds in INSUFFICIENT_DATA.
# expect: too little data. Is 'not OK'
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'(NOT OK("{errors}") OR NOT OK("{latency}")) AND NOT ALARM("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
