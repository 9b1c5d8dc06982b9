# misconception: A name needs no quotes, whatever it holds.
# expect: keep a name with spaces and parentheses together
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    rule = f"(ALARM({errors}) OR ALARM({latency})) AND NOT ALARM({maintenance})"
    boto3.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
