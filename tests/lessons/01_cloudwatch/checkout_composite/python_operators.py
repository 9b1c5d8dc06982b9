# misconception: a rule is written as in Python
# expect: AWS refuses what checkout_composite asks for
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'(ALARM("{errors}") or ALARM("{latency}")) and not ALARM("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
