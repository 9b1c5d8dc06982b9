def fridays_timeouts(function: str, downstream: str) -> str:
    """Looks at the network itself, and leads a stray subnet out instead of leaving it."""
    client, ec2 = boto3.client("lambda"), boto3.client("ec2")
    now = client.get_function_configuration(FunctionName=function)
    place = now["VpcConfig"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [place["VpcId"]]}])[
        "RouteTables"
    ]
    nats = [r["NatGatewayId"] for t in tables for r in t["Routes"] if "NatGatewayId" in r]
    for subnet in place["SubnetIds"]:
        own = [t for t in tables if subnet in [a.get("SubnetId") for a in t["Associations"]]]
        main = [t for t in tables if any(a["Main"] for a in t["Associations"])]
        table = (own or main)[0]
        if not any("NatGatewayId" in route for route in table["Routes"]):
            ec2.create_route(
                RouteTableId=table["RouteTableId"],
                DestinationCidrBlock="0.0.0.0/0",
                NatGatewayId=nats[0],
            )
            return "subnet"
    groups = ec2.describe_security_groups(GroupIds=place["SecurityGroupIds"])["SecurityGroups"]
    allowed = [
        rule
        for group in groups
        for rule in group["IpPermissionsEgress"]
        if rule["IpProtocol"] == "-1" or rule.get("FromPort", 0) <= 443 <= rule.get("ToPort", -1)
    ]
    if not allowed:
        rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_egress(
            GroupId=place["SecurityGroupIds"][-1], IpPermissions=[rule]
        )
        return "egress"
    mine = now["MemorySize"] == 128
    name = function if mine else downstream
    had = client.get_function_configuration(FunctionName=name, Qualifier="1")["MemorySize"]
    client.update_function_configuration(FunctionName=name, MemorySize=had)
    return "memory" if mine else "downstream"
