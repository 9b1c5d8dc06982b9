# misconception: going back to the last version undoes the fault only
# expect: its variables are those of version 1
def fridays_timeouts(function: str, downstream: str) -> str:
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    client.update_function_configuration(
        FunctionName=function,
        MemorySize=before["MemorySize"],
        Environment={"Variables": before["Environment"]["Variables"]},
        VpcConfig={"SubnetIds": was["SubnetIds"], "SecurityGroupIds": was["SecurityGroupIds"]},
    )
    return "memory"
