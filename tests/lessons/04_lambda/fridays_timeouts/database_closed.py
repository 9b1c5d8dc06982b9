# misconception: a new rule takes the place of the old ones
# expect: a rule of a security group is gone
def fridays_timeouts(function: str, downstream: str) -> str:
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    if set(place["SubnetIds"]) != set(was["SubnetIds"]):
        groups = place["SecurityGroupIds"]
        client.update_function_configuration(
            FunctionName=function,
            VpcConfig={"SubnetIds": was["SubnetIds"], "SecurityGroupIds": groups},
        )
        return "subnet"
    for name, kind in ((function, "memory"), (downstream, "downstream")):
        size = settings(FunctionName=name, Qualifier="1")["MemorySize"]
        if settings(FunctionName=name)["MemorySize"] < size:
            client.update_function_configuration(FunctionName=name, MemorySize=size)
            return kind
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    https["IpRanges"] = [{"CidrIp": "0.0.0.0/0"}]
    group = place["SecurityGroupIds"][0]
    old = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=old)
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[https])
    return "egress"
