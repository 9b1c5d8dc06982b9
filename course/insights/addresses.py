"""The functions over IP addresses of both versions; those over IPv4 alone are in `functions`.

Source: CloudWatch Logs User Guide, "IP address string functions"; which addresses are reserved:
the IANA special-purpose address registries (RFC 6890). The guide says no more than "reserved" and
"publicly routable"; here an address is private (RFC 1918), reserved, or else public, never two.
IPv6 in its hexadecimal forms; not with an IPv4 address at its end.
"""

from __future__ import annotations

import ipaddress

from sqlglot import exp

from course.insights.errors import QueryError
from course.insights.functions import Function, Written, in_ipv4_network, is_private
from course.insights.values import Kind, Sql, Value, balanced, binary, call, negated, text
from course.insights.values import text_literal as literal

_RESERVED_4 = (
    *("0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24"),
    *("192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    "240.0.0.0/4",
)
_RESERVED_6 = (
    *("::/128", "::1/128", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23"),
    *("2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8"),
)


def _in_network(address: Sql, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Sql:
    if isinstance(network, ipaddress.IPv4Network):
        return in_ipv4_network(address, network)
    first, last = (format(int(end), "032x") for end in (network[0], network[-1]))
    return call("in_ipv6_range", address, literal(first), literal(last))


def _subnet(written: Written, versions: tuple[int, ...], example: str) -> Value:
    subject, subnet = written.values
    try:
        network = ipaddress.ip_network(str(subnet.literal), strict=False)
    except ValueError:
        network = None
    if network is None or network.version not in versions:
        raise QueryError(
            "The subnet is written in quotes, in CIDR form",
            span=written.arguments[1].span,
            example=example,
        )
    return Value(_in_network(text(subject), network), Kind.BOOLEAN)


def _in_subnet(written: Written) -> Value:
    return _subnet(written, (4, 6), 'isIpInSubnet(srcAddr, "10.0.0.0/8")')


def _in_subnet_6(written: Written) -> Value:
    return _subnet(written, (6,), 'isIpv6InSubnet(srcAddr, "2001:db8::/32")')


def _reserved(address: Sql) -> Sql:
    networks = [ipaddress.ip_network(network) for network in (*_RESERVED_4, *_RESERVED_6)]
    return balanced(exp.Or, [_in_network(address, network) for network in networks])


def _is_reserved(written: Written) -> Value:
    return Value(_reserved(text(written.values[0])), Kind.BOOLEAN)


def _is_public(written: Written) -> Value:
    address = text(written.values[0])
    valid = balanced(exp.Or, [call("is_ipv4", address), call("is_ipv6", address)])
    special = binary(exp.Or, is_private(address), _reserved(address))
    public = binary(exp.And, call("coalesce", valid, exp.false()), negated(special))
    return Value(public, Kind.BOOLEAN)


_FUNCTIONS = (
    Function("isIpInSubnet", 2, 2, _in_subnet, 'isIpInSubnet(ip, "10.0.0.0/8")', "1 or 0"),
    Function("isIpv6InSubnet", 2, 2, _in_subnet_6, 'isIpv6InSubnet(ip, "2001:db8::/32")', "1 or 0"),
    Function("isPublicIP", 1, 1, _is_public, "isPublicIP(ip)", "1 when publicly routable, else 0"),
    Function(
        "isReservedIP", 1, 1, _is_reserved, "isReservedIP(ip)", "1 for special ranges, else 0"
    ),
)
ADDRESS_FUNCTIONS = {function.name.lower(): function for function in _FUNCTIONS}
