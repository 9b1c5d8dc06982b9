"""What a function that is connected to a VPC reaches.

"Giving Lambda functions access to resources in an Amazon VPC" and "Enable internet access for
VPC-connected Lambda functions": once connected, all of a function's traffic leaves through network
interfaces in its subnets, which have private addresses only. An AWS service is reached through a
NAT gateway to which the subnet's route table leads (a route to an internet gateway is of no use
without a public address), or through a VPC endpoint of that service; and only where an outbound
rule of the function's security groups lets HTTPS out, and an inbound rule of an interface
endpoint's groups lets it in. What is not let through is dropped: the connection hangs until the
client gives up.

Execution environments take the subnets in turn; how AWS does it is not documented. Left out:
network ACLs, routes through instances, peerings and transit gateways (nothing passes), endpoint
policies, IPv6, whether the NAT gateway itself has a way out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from botocore.loaders import Loader

from course.account import moto_fixes
from course.telemetry.errors import RuleError

ANYWHERE = "0.0.0.0/0"
HTTPS = 443
# Names of endpoint services that differ from the service's endpoint prefix.
OTHER_NAMES = {"kinesis": "kinesis-streams"}


def reaches(account: str, region: str, network: Mapping[str, Any], seat: int, service: str) -> bool:
    """Whether an environment of a function gets through to a service of its Region.

    network: the function's VpcConfig. seat: the environment's number, which decides on its subnet.
    """
    subnets = sorted(network.get("SubnetIds") or ())
    if not subnets:
        return True
    ec2 = _ec2(account, region)
    subnet = ec2.get_subnet(subnets[seat % len(subnets)])
    groups = ec2.describe_security_groups(group_ids=list(network["SecurityGroupIds"]))
    rules = [rule for group in groups for rule in group.egress_rules if _is_https(rule)]
    table = _route_table(ec2, subnet)
    name = f"com.amazonaws.{region}.{_endpoint_name(service)}"
    by_nat = any(_covers(rule, ANYWHERE) for rule in rules) and _leads_to_nat(table)
    return by_nat or any(
        _lets_through(ec2, endpoint, table, rules, groups)
        for endpoint in ec2.vpc_end_points.values()
        if endpoint.service_name == name and endpoint.vpc_id == subnet.vpc_id
    )


def vpc_of(account: str, region: str, network: Mapping[str, Any]) -> str:
    """The VPC of a VpcConfig; RuleError for subnets and security groups that do not exist."""
    from moto.ec2.exceptions import EC2ClientError

    ec2 = _ec2(account, region)
    try:
        found = [ec2.get_subnet(each).vpc_id for each in network["SubnetIds"]]
        ec2.describe_security_groups(group_ids=list(network.get("SecurityGroupIds") or ()))
    except EC2ClientError as error:
        code = error.code
        message = f"The provided VpcConfig is not valid. EC2 Error Code: {code}."
        raise RuleError("InvalidParameterValueException", message) from None
    return str(found[0])


def _ec2(account: str, region: str) -> Any:
    """moto's EC2 of a Region; its part of moto takes long to import."""
    from moto.ec2.models import ec2_backends

    moto_fixes.apply("ec2")
    return ec2_backends[account][region]


@lru_cache(maxsize=64)
def _endpoint_name(service: str) -> str:
    metadata = Loader().load_service_model(service, "service-2")["metadata"]
    prefix = str(metadata["endpointPrefix"])
    return OTHER_NAMES.get(prefix, prefix)


def _route_table(ec2: Any, subnet: Any) -> Any:
    """The route table that a subnet is associated with, else the main one of its VPC."""
    tables = [each for each in ec2.route_tables.values() if each.vpc_id == subnet.vpc_id]
    own = [each for each in tables if subnet.id in each._associations.values()]
    return own[0] if own else next(each for each in tables if each.main_association_id)


def _leads_to_nat(table: Any) -> bool:
    routes = [each for each in table.routes if each.destination_cidr_block == ANYWHERE]
    return any(each.nat_gateway and each.nat_gateway.state == "available" for each in routes)


def _lets_through(
    ec2: Any, endpoint: Any, table: Any, rules: Sequence[Any], groups: Sequence[Any]
) -> bool:
    if endpoint.vpc_endpoint_type == "Gateway":
        listed = endpoint.destination_prefix_list_id
        out = any(_covers(rule, ANYWHERE) or rule.prefix_list_id == listed for rule in rules)
        return out and table.id in (endpoint.route_table_ids or ())
    if not endpoint.private_dns_enabled:
        return False
    vpc = ec2.get_vpc(endpoint.vpc_id).cidr_block
    doors = _groups_of(ec2, endpoint)
    return any(
        _passes(rule, vpc, door)
        and any(_passes(entry, vpc, group) for entry in _entries(door) for group in groups)
        for rule in rules
        for door in doors
    )


def _groups_of(ec2: Any, endpoint: Any) -> Sequence[Any]:
    """An endpoint's security groups; without any, the default one of its VPC."""
    if endpoint.security_group_ids:
        return list(ec2.describe_security_groups(group_ids=list(endpoint.security_group_ids)))
    return [
        each
        for each in ec2.describe_security_groups()
        if each.vpc_id == endpoint.vpc_id and each.name == "default"
    ]


def _entries(group: Any) -> Sequence[Any]:
    return [rule for rule in group.ingress_rules if _is_https(rule)]


def _passes(rule: Any, addresses: str, group: Any) -> bool:
    """Whether a rule is about these addresses, or about members of this group."""
    return _covers(rule, addresses) or rule.source_group.get("GroupId") == group.id


def _is_https(rule: Any) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and rule.from_port <= HTTPS <= rule.to_port


def _covers(rule: Any, addresses: str) -> bool:
    given = rule.ip_range.get("CidrIp")
    if not given:
        return False
    whole, part = ipaddress.ip_network(given, strict=False), ipaddress.ip_network(addresses)
    return isinstance(part, type(whole)) and part.subnet_of(whole)  # type: ignore[arg-type]
