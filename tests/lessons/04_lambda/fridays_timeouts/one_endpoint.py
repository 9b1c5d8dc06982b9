# misconception: an endpoint for one service opens the way to all
# expect: Which of its subnets lead out?
def fridays_timeouts(function: str, downstream: str) -> str:
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    settings = client.get_function_configuration
    now, before = settings(FunctionName=function), settings(FunctionName=function, Qualifier="1")
    place, was = now["VpcConfig"], before["VpcConfig"]
    if set(place["SubnetIds"]) != set(was["SubnetIds"]):
        vpc = place["VpcId"]
        door = ec2.create_security_group(GroupName="aws", Description="aws", VpcId=vpc)["GroupId"]
        https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        https["IpRanges"] = [{"CidrIp": "10.0.0.0/8"}]
        ec2.authorize_security_group_ingress(GroupId=door, IpPermissions=[https])
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName="com.amazonaws.us-east-1.secretsmanager",
            VpcEndpointType="Interface",
            SubnetIds=place["SubnetIds"],
            SecurityGroupIds=[door],
            PrivateDnsEnabled=True,
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
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[https])
    return "egress"
