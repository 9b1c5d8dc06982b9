# misconception: OK is taken for NOT ALARM; maintenance without data silences the page.
# expect: stays silent while maintenance has too little data
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f'(ALARM("{errors}") OR ALARM("{latency}")) AND OK("{maintenance}")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
