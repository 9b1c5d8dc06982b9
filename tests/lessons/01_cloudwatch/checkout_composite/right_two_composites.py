# One composite for "something is wrong", another for "and nobody is working on it".
def checkout_composite(name: str, errors: str, latency: str, maintenance: str) -> None:
    client = boto3.client("cloudwatch")
    client.put_composite_alarm(
        AlarmName=f"{name}, any", AlarmRule=f'ALARM("{errors}") OR ALARM("{latency}")'
    )
    client.put_composite_alarm(
        AlarmName=name, AlarmRule=f'ALARM("{name}, any") AND NOT ALARM("{maintenance}")'
    )
