"""Sampling: which requests are traced.

Follows the X-Ray developer guide, "Configuring sampling rules" and "Using sampling rules with the
X-Ray API": rules are tried in ascending order of priority (and of name, for equal priorities); the
first that matches decides. A rule with a reservoir records that many requests a second: a service
without a quota borrows one request a second, one with a quota takes its quota; whatever comes after
that is recorded at the fixed rate. `*` stands for any text, `?` for one character; upper and lower
case do not matter, as in AWS's SDKs. A property that the request does not have matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

DEFAULT_RULE: dict[str, Any] = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 10000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}
QUOTA_LIFE = 300
# property of a request -> member of a rule
MATCHED = {
    "service": "ServiceName",
    "service_type": "ServiceType",
    "host": "Host",
    "method": "HTTPMethod",
    "path": "URLPath",
    "resource_arn": "ResourceARN",
}
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Decision:
    """rule: the name of the rule that decided, None if none matches. how: what it was taken from;
    "rate" also stands for a request that the rate left out."""

    sampled: bool
    rule: str | None
    how: Literal["borrow", "quota", "rate", "none"]


@dataclass
class Reservoir:
    """What one service has used of a rule. quota: requests a second, from GetSamplingTargets."""

    quota: int | None = None
    quota_until: float = 0.0
    second: int = -1
    used: int = 0
    requests: int = 0
    borrowed: int = 0
    sampled: int = 0

    def take(self, now: float, can_borrow: bool) -> Literal["borrow", "quota"] | None:
        """Use one request of this second, if one is left."""
        if int(now) != self.second:
            self.second, self.used = int(now), 0
        has_quota = self.quota is not None and now <= self.quota_until
        most = self.quota or 0 if has_quota else int(can_borrow)
        if self.used >= most:
            return None
        self.used += 1
        return "quota" if has_quota else "borrow"


@dataclass
class State:
    """What one service remembers: a reservoir for every rule, by name."""

    reservoirs: dict[str, Reservoir] = field(default_factory=dict)

    def of(self, rule: str) -> Reservoir:
        return self.reservoirs.setdefault(rule, Reservoir())


def decide(
    rules: Iterable[Rule], request: Mapping[str, Any], now: float, state: State, draw: float
) -> Decision:
    """Whether a request is traced; counts it in `state`.

    rules: as in GetSamplingRules. request: service, service_type, host, method, path, resource_arn
    and attributes, as far as known. now: epoch seconds. draw: a number from 0 up to 1 that decides
    where the rate does; below the rate means traced.
    """
    rule = matching(rules, request)
    if rule is None:
        return Decision(False, None, "none")
    name = str(rule["RuleName"])
    reservoir = state.of(name)
    reservoir.requests += 1
    taken = reservoir.take(now, rule["ReservoirSize"] > 0)
    if taken is not None:
        reservoir.borrowed += taken == "borrow"
        reservoir.sampled += 1
        return Decision(True, name, taken)
    sampled = draw < rule["FixedRate"]
    reservoir.sampled += sampled
    return Decision(sampled, name, "rate")


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """The order in which rules are tried."""
    return sorted(rules, key=lambda rule: (rule["Priority"], str(rule["RuleName"])))


def matching(rules: Iterable[Rule], request: Mapping[str, Any]) -> Rule | None:
    """The rule that decides about a request."""
    return next((rule for rule in in_order(rules) if applies(rule, request)), None)


def applies(rule: Rule, request: Mapping[str, Any]) -> bool:
    """Whether a rule is about a request."""
    plain = all(
        rule[member] == "*" or not request.get(key) or is_like(rule[member], str(request[key]))
        for key, member in MATCHED.items()
    )
    found = request.get("attributes") or {}
    return plain and all(
        key in found and is_like(pattern, str(found[key]))
        for key, pattern in (rule.get("Attributes") or {}).items()
    )


def is_like(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with * and ?."""
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    text = "".join(wild.get(sign) or re.escape(sign) for sign in pattern)
    return re.compile(text, re.IGNORECASE | re.DOTALL)
