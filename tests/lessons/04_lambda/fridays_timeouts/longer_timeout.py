# misconception: a function that times out needs more time
# expect: What took so long still does
def fridays_timeouts(function: str, downstream: str) -> str:
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    client.update_function_configuration(FunctionName=function, Timeout=30)
    return "subnet"
