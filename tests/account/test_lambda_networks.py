"""What a function reaches from a VPC: routes, endpoints and security groups."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

ASKS = """
import boto3
sqs, table = boto3.client("sqs"), boto3.client("dynamodb")
def lambda_handler(event, context):
    if event == "sqs":
        return sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"]
    return table.list_tables()["ResponseMetadata"]["HTTPStatusCode"]
"""
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
TIMEOUT = "Task timed out after 3.00 seconds"


class Network:
    """A VPC with a private subnet, whose route table leads nowhere, and a security group."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.add_subnet("10.0.1.0/24")
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)
        self.group = self.add_group("functions")

    def add_subnet(self, block: str) -> str:
        return str(self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block)["Subnet"]["SubnetId"])

    def add_group(self, name: str) -> str:
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)
        return str(made["GroupId"])

    @property
    def config(self) -> dict[str, list[str]]:
        return {"SubnetIds": [self.subnet], "SecurityGroupIds": [self.group]}

    def to_nat(self) -> None:
        public = self.add_subnet("10.0.9.0/24")
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]
        self.route(NatGatewayId=nat["NatGatewayId"])

    def route(self, **target: str) -> None:
        where = {"RouteTableId": self.table, "DestinationCidrBlock": "0.0.0.0/0"}
        self.ec2.create_route(**where, **target)

    def shut(self) -> None:
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=everything)

    def endpoint(self, service: str, **settings: Any) -> None:
        name = f"com.amazonaws.us-east-1.{service}"
        self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=name, **settings)


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@pytest.fixture
def network(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Network:
    return Network(clients.setdefault("ec2", session.client("ec2")))


def outcome(lambdas: Lambdas, network: Network, service: str = "sqs") -> Any:
    """What a new environment of a function in this network gets from the service."""
    if "f" not in [each["FunctionName"] for each in lambdas.client.list_functions()["Functions"]]:
        lambdas.make(ASKS)
    lambdas.client.update_function_configuration(FunctionName="f", VpcConfig=network.config)
    answer = lambdas.call(service)
    return answer["errorMessage"].split("Error: ")[-1] if isinstance(answer, dict) else answer


@behaviour("lambda.vpc_without_a_way_out")
def test_a_private_subnet_without_a_route_hangs(
    lambdas: Lambdas, network: Network, account: Account
) -> None:
    before = account.now
    assert outcome(lambdas, network) == TIMEOUT
    assert 3 <= (account.now - before).total_seconds() < 3.5
    assert account.calls()[-1]["error"] == "ConnectTimeout"


@behaviour("lambda.vpc_without_a_way_out")
def test_an_internet_gateway_is_no_way_out(lambdas: Lambdas, network: Network) -> None:
    gateway = network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    network.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    network.route(GatewayId=gateway)
    assert outcome(lambdas, network) == TIMEOUT


@behaviour("lambda.vpc_nat")
def test_a_nat_gateway_leads_out(lambdas: Lambdas, network: Network) -> None:
    network.to_nat()
    assert outcome(lambdas, network) == 200


@behaviour("lambda.vpc_security_groups")
def test_a_security_group_must_let_https_out(lambdas: Lambdas, network: Network) -> None:
    network.to_nat()
    network.shut()
    assert outcome(lambdas, network) == TIMEOUT
    somewhere = [{**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
    network.ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=somewhere)
    assert outcome(lambdas, network) == TIMEOUT
    anywhere = [{**HTTPS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    network.ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=anywhere)
    assert outcome(lambdas, network) == 200


@behaviour("lambda.vpc_endpoints")
def test_an_interface_endpoint_leads_to_its_service(lambdas: Lambdas, network: Network) -> None:
    door = network.add_group("endpoints")
    settings = {"VpcEndpointType": "Interface", "SubnetIds": [network.subnet]}
    settings |= {"SecurityGroupIds": [door], "PrivateDnsEnabled": True}
    network.endpoint("sqs", **settings)
    assert outcome(lambdas, network) == TIMEOUT, "nothing lets the function in"
    members = [{**HTTPS, "UserIdGroupPairs": [{"GroupId": network.group}]}]
    network.ec2.authorize_security_group_ingress(GroupId=door, IpPermissions=members)
    assert outcome(lambdas, network) == 200
    assert outcome(lambdas, network, "dynamodb") == TIMEOUT


@behaviour("lambda.vpc_endpoints")
def test_a_gateway_endpoint_serves_its_route_tables(lambdas: Lambdas, network: Network) -> None:
    network.endpoint("dynamodb", VpcEndpointType="Gateway", RouteTableIds=[network.table])
    assert outcome(lambdas, network, "dynamodb") == 200
    assert outcome(lambdas, network) == TIMEOUT


@behaviour("lambda.vpc_config")
def test_a_function_leaves_its_vpc(lambdas: Lambdas, network: Network) -> None:
    assert outcome(lambdas, network) == TIMEOUT
    shown = lambdas.client.get_function_configuration(FunctionName="f")["VpcConfig"]
    assert shown == {**network.config, "VpcId": network.vpc}
    nothing: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
    lambdas.client.update_function_configuration(FunctionName="f", VpcConfig=nothing)
    assert lambdas.call("sqs") == 200


@behaviour("lambda.vpc_config")
def test_a_version_keeps_its_network(lambdas: Lambdas, network: Network) -> None:
    lambdas.make(ASKS)
    lambdas.client.publish_version(FunctionName="f")
    assert outcome(lambdas, network) == TIMEOUT
    assert lambdas.call("sqs", Qualifier="1") == 200


@behaviour("lambda.vpc_config")
def test_unknown_subnets_are_refused(lambdas: Lambdas, network: Network) -> None:
    lambdas.make(ASKS)
    unknown = {**network.config, "SubnetIds": ["subnet-0123456789abcdef0"]}
    with pytest.raises(ClientError, match="InvalidSubnetID.NotFound"):
        lambdas.client.update_function_configuration(FunctionName="f", VpcConfig=unknown)


@behaviour("lambda.vpc_without_a_way_out")
def test_a_second_subnet_without_a_way_out_hangs_half_of_the_calls(
    lambdas: Lambdas, network: Network, account: Account
) -> None:
    network.to_nat()
    lambdas.make(ASKS)
    both = {**network.config, "SubnetIds": [network.subnet, network.add_subnet("10.0.2.0/24")]}
    lambdas.client.update_function_configuration(FunctionName="f", VpcConfig=both)
    results = account.traffic("f", [(0, "sqs")] * 4)
    account.advance(seconds=10)
    assert sorted(str(result["error"]) for result in results) == ["None"] * 2 + ["Unhandled"] * 2
