"""Friday's timeouts: a function in a VPC that fails since the evening, for one of four causes.

The shop is made in the account that is open, by boto3, so that it really runs: a function that
reads a secret, computes and calls another function; a private subnet that leads to a NAT gateway,
and one that leads nowhere. Whatever the cause, the same symptom: what takes longer than the
function's Timeout ends there. In the afternoon things change that are wanted, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from course.account.functions.packages import package
from course.incidents.clients import client_for
from course.incidents.seeds import PUBLIC, stream

Cause = Literal["subnet", "egress", "memory", "downstream"]
CAUSES: tuple[Cause, ...] = ("subnet", "egress", "memory", "downstream")
SMALL = 128
ORDERING = """
import logging, os
import boto3
from course.account import work

secrets, functions = boto3.client("secretsmanager"), boto3.client("lambda")
logger = logging.getLogger()

def lambda_handler(event, context):
    logger.info("reading the provider's key")
    secrets.get_secret_value(SecretId="provider-key")
    logger.info("pricing the basket")
    work(cpu_ms={cpu}, spread={spread})
    logger.info("asking {downstream}")
    functions.invoke(FunctionName=os.environ["DOWNSTREAM"])
    logger.info("order placed")
"""
COMPUTING = """
from course.account import work

def lambda_handler(event, context):
    work(cpu_ms={cpu}, spread={spread})
"""
ANYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}


@dataclass(frozen=True)
class Friday:
    """What there is. memory in MB, timeout in s; subnets: the good one first.

    groups: of the function; the last one lets HTTPS out.
    """

    seed: int | str
    function: str
    downstream: str
    memory: int
    timeout: int
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def noon(seed: int | str) -> Friday:
    """The shop while all is well, with version 1 of both functions; needs an open account."""
    rng = stream(seed, "friday")
    public = seed == PUBLIC
    names = rng.choice(("book", "buy", "place")), rng.choice(("duty", "fees", "vat"))
    function, downstream = ("checkout", "tax") if public else names
    memory = 1024 if public else rng.choice((1024, 1536))
    placed = _network(10 if public else rng.randint(11, 99))
    client_for("secretsmanager").create_secret(Name="provider-key", SecretString="k")
    found = Friday(seed, function, downstream, memory, 3, *placed)
    # In public some orders still pass with too little memory, elsewhere none does.
    cpu, other, spread = (185, 150, 0.3) if public else (rng.randint(235, 260), 225, 0.0)
    computing = COMPUTING.format(cpu=other, spread=spread)
    _make(downstream, computing, Timeout=20, MemorySize=memory)
    _make(
        function,
        ORDERING.format(cpu=cpu, spread=spread, downstream=downstream),
        Timeout=found.timeout,
        MemorySize=memory,
        VpcConfig=_place(found, 1),
        Environment=_variables(found, "none"),
        LoggingConfig={"LogFormat": "JSON"},
    )
    return found


def afternoon(shop: Friday, cause: Cause) -> None:
    """What was changed: a banner, more memory where it is not the cause, and what broke orders."""
    change = client_for("lambda").update_function_configuration
    change(FunctionName=shop.function, Environment=_variables(shop, "spring sale"))
    if shop.seed != PUBLIC:
        more = shop.function if cause == "downstream" else shop.downstream
        change(FunctionName=more, MemorySize=shop.memory + 512)
    if cause == "subnet":
        change(FunctionName=shop.function, VpcConfig=_place(shop, 2))
    elif cause == "egress":
        client = client_for("ec2")
        client.revoke_security_group_egress(GroupId=shop.groups[-1], IpPermissions=ANYWHERE)
    else:
        cut = shop.function if cause == "memory" else shop.downstream
        change(FunctionName=cut, MemorySize=SMALL)


def _variables(shop: Friday, banner: str) -> dict[str, Any]:
    return {"Variables": {"DOWNSTREAM": shop.downstream, "BANNER": banner}}


def _place(shop: Friday, subnets: int) -> dict[str, Any]:
    return {"SubnetIds": list(shop.subnets[:subnets]), "SecurityGroupIds": list(shop.groups)}


def _make(name: str, source: str, **settings: Any) -> None:
    """A function, with its version 1."""
    statement = {**TRUST, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam, client = client_for("iam"), client_for("lambda")
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=document)["Role"]
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=role["Arn"],
        Code={"ZipFile": package(source)},
        **settings,
    )
    client.publish_version(FunctionName=name)


def _network(number: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A VPC, its private subnets (the second leads nowhere), and its security groups."""
    client = client_for("ec2")
    vpc = client.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
    public, good, bad = (
        client.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.{n}.0/24")["Subnet"]["SubnetId"]
        for n in range(3)
    )
    address = client.allocate_address(Domain="vpc")["AllocationId"]
    nat = client.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]
    table = client.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    where = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    client.create_route(**where, NatGatewayId=nat["NatGatewayId"])
    client.associate_route_table(RouteTableId=table, SubnetId=good)
    database, web = (_group(client, vpc, name) for name in ("database", "web"))
    client.revoke_security_group_egress(GroupId=database, IpPermissions=ANYWHERE)
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    inside = [{**rule, "IpRanges": [{"CidrIp": f"10.{number}.0.0/16"}]}]
    client.authorize_security_group_egress(GroupId=database, IpPermissions=inside)
    return vpc, (good, bad), (database, web)


def _group(client: Any, vpc: str, name: str) -> str:
    made = client.create_security_group(GroupName=name, Description=name, VpcId=vpc)
    return str(made["GroupId"])
