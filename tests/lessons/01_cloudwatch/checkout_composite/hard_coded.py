# misconception: The names of the visible test stand in the rule.
# expect: Whose names stand in your rule
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = '(ALARM("errors") OR ALARM("latency")) AND NOT ALARM("repair")'
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
