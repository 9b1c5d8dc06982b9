# misconception: more memory cures every timeout
# expect: and that was not what was broken
def fridays_timeouts(function: str, downstream: str) -> str:
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    for name, kind in ((function, "memory"), (downstream, "downstream")):
        size = settings(FunctionName=name, Qualifier="1")["MemorySize"]
        if True:
            client.update_function_configuration(FunctionName=name, MemorySize=3008)
            return kind
