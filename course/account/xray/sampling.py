"""Sampling rules, and what services are told to sample.

Follows the X-Ray developer guide, "Configuring sampling rules" and "Using sampling rules with the
X-Ray API", and the API reference: 25 custom rules a Region, priorities 1 to 9999, and the rule
Default, of which only the rate and the reservoir can be changed. A reservoir belongs to all
services that use the rule: GetSamplingTargets gives every client that reported in the last 20
seconds an equal share of it, for five minutes, and asks for the next report after ten seconds.
`sampled` makes the same decision for the account's own services. Left out: sampling boosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.account import tagging
from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.xray import sampling
from course.telemetry.xray.sampling import DEFAULT_RULE, Decision, State

Parameters = dict[str, Any]
MOST_RULES = 25
PAGE = 100
INTERVAL = 10
# How long a client counts as one that uses a rule, and for how long statistics are listed.
USES_FOR = 2 * INTERVAL * 1000
LISTED_FOR = 600_000
# The members of a rule that a World's resources name in snake case.
_OF_A_WORLD = {
    "name": "RuleName",
    "priority": "Priority",
    "fixed_rate": "FixedRate",
    "reservoir_size": "ReservoirSize",
    "service_name": "ServiceName",
    "service_type": "ServiceType",
    "host": "Host",
    "http_method": "HTTPMethod",
    "url_path": "URLPath",
    "resource_arn": "ResourceARN",
    "attributes": "Attributes",
}


@dataclass
class Record:
    """A rule with the times of its making and last change, epoch seconds."""

    rule: dict[str, Any]
    created: float
    modified: float

    def as_api(self) -> dict[str, Any]:
        return {
            "SamplingRule": self.rule,
            "CreatedAt": self.created,
            "ModifiedAt": self.modified,
        }


@dataclass
class Sampling:
    """Rules by name, what services report about them, and the account's own decisions."""

    region: Region
    records: dict[str, Record] = field(default_factory=dict)
    last_change: float = 0.0
    # (rule, start of the window in seconds) -> requests, sampled, borrowed
    reports: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    # rule -> client -> when it last reported, epoch ms
    clients: dict[str, dict[str, int]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(0))

    def __post_init__(self) -> None:
        world = self.region.world
        begun = 0.0 if world is None else world.start / 1000
        self._add(dict(DEFAULT_RULE), 0.0)
        self.records["Default"].modified = self.last_change = begun
        listed = {} if world is None else world.resources.get("xray") or {}
        for each in listed.get("sampling_rules", ()):
            rule = {_OF_A_WORLD[key]: value for key, value in each.items()}
            self._add({**DEFAULT_RULE, **rule}, begun)

    def _add(self, rule: dict[str, Any], now: float) -> Record:
        rule["RuleARN"] = self.region.arn("xray", f"sampling-rule/{rule['RuleName']}")
        record = self.records[rule["RuleName"]] = Record(rule, now, now)
        return record

    def create(self, rule: dict[str, Any]) -> Record:
        self.last_change = self.region.now / 1000
        return self._add(rule, self.last_change)

    def rules(self) -> list[dict[str, Any]]:
        return [record.rule for record in self.records.values()]

    def find(self, named: Mapping[str, Any]) -> Record:
        """The rule that RuleName or RuleARN names: one of them, not both."""
        name, arn = named.get("RuleName"), named.get("RuleARN")
        if (name is None) == (arn is None):
            raise _invalid("Specify a rule by either RuleName or RuleARN, but not both.")
        for record in self.records.values():
            if record.rule["RuleName"] == name or record.rule["RuleARN"] == arn:
                return record
        raise _invalid(f"Sampling rule does not exist: {name or arn}")


def sampled(region: Region, request: Mapping[str, Any]) -> Decision:
    """Whether a service of this account traces a request, by the account's rules.

    request: as in `telemetry.xray.sampling.decide`; its "service" keeps its own reservoirs.
    """
    part = region.part(Sampling)
    state = part.states.setdefault(str(request.get("service", "")), State())
    now = region.now / 1000
    return sampling.decide(part.rules(), request, now, state, part.random.random())


def create_sampling_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    part, given = region.part(Sampling), dict(parameters["SamplingRule"])
    _check(given)
    if not given.get("RuleName"):
        raise _invalid("RuleName must be specified.")
    if given["RuleName"] in part.records:
        raise _invalid(f"A sampling rule with the name {given['RuleName']} already exists.")
    if len(part.records) > MOST_RULES:
        message = f"The limit of {MOST_RULES} custom sampling rules is reached."
        raise AwsError("RuleLimitExceededException", message)
    record = part.create({"Attributes": {}, **given})
    if parameters.get("Tags"):
        tags = tagging.kept(parameters["Tags"])
        region.tags[record.rule["RuleARN"]] = tags
    return {"SamplingRuleRecord": record.as_api()}


def get_sampling_rules(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    listed = [record.as_api() for record in region.part(Sampling).records.values()]
    token = parameters.get("NextToken")
    shown, token = page(listed, token, PAGE, invalid="InvalidRequestException")
    return {"SamplingRuleRecords": shown, **page_token("NextToken", token)}


def update_sampling_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    part, given = region.part(Sampling), parameters["SamplingRuleUpdate"]
    record = part.find(given)
    changes = {key: value for key, value in given.items() if key not in ("RuleName", "RuleARN")}
    if record.rule["RuleName"] == "Default" and set(changes) - {"FixedRate", "ReservoirSize"}:
        raise _invalid("Only FixedRate and ReservoirSize of the default rule can be changed.")
    _check({**record.rule, **changes})
    record.rule.update(changes)
    record.modified = part.last_change = region.now / 1000
    return {"SamplingRuleRecord": record.as_api()}


def delete_sampling_rule(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    part = region.part(Sampling)
    record = part.find(parameters)
    if record.rule["RuleName"] == "Default":
        raise _invalid("The default sampling rule cannot be deleted.")
    del part.records[record.rule["RuleName"]]
    region.tags.pop(record.rule["RuleARN"], None)
    part.last_change = region.now / 1000
    return {"SamplingRuleRecord": record.as_api()}


def _check(rule: Mapping[str, Any]) -> None:
    """What the model says of a new rule, for an update too: its members have no limits there."""
    if rule.get("SamplingRateBoost"):
        raise NotSimulated("xray: a rule with SamplingRateBoost", "Raise FixedRate for a while.")
    if rule.get("Version", 1) != 1:
        raise _invalid("Version must be 1.")
    if not 1 <= rule["Priority"] <= 9999 and rule.get("RuleName") != "Default":
        raise _invalid("Priority must be between 1 and 9999.")
    if not 0 <= rule["FixedRate"] <= 1:
        raise _invalid("FixedRate must be between 0 and 1.")
    if rule["ReservoirSize"] < 0:
        raise _invalid("ReservoirSize must not be negative.")


def get_sampling_targets(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    if parameters.get("SamplingBoostStatisticsDocuments"):
        raise NotSimulated("xray: sampling boosts", "Raise FixedRate for a while.")
    part = region.part(Sampling)
    targets, unprocessed = [], []
    for report in parameters["SamplingStatisticsDocuments"]:
        name = report["RuleName"]
        if name not in part.records:
            message = "The sampling rule does not exist."
            unprocessed.append({"RuleName": name, "ErrorCode": "400", "Message": message})
            continue
        _note(part, report)
        targets.append(_target(part, name, report["ClientID"]))
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": part.last_change,
        "UnprocessedStatistics": unprocessed,
    }


def _note(part: Sampling, report: Mapping[str, Any]) -> None:
    now = part.region.now
    part.clients.setdefault(report["RuleName"], {})[report["ClientID"]] = now
    begin = now // 1000 // INTERVAL * INTERVAL
    counts = part.reports.setdefault((report["RuleName"], begin), [0, 0, 0])
    for place, member in enumerate(("RequestCount", "SampledCount", "BorrowCount")):
        counts[place] += report.get(member, 0)


def _target(part: Sampling, name: str, client: str) -> dict[str, Any]:
    rule, now = part.records[name].rule, part.region.now
    users = sorted(each for each, seen in part.clients[name].items() if seen > now - USES_FOR)
    share, rest = divmod(rule["ReservoirSize"], len(users))
    return {
        "RuleName": name,
        "FixedRate": rule["FixedRate"],
        "ReservoirQuota": share + (users.index(client) < rest),
        "ReservoirQuotaTTL": now / 1000 + sampling.QUOTA_LIFE,
        "Interval": INTERVAL,
    }


def get_sampling_statistic_summaries(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    oldest = (region.now - LISTED_FOR) // 1000
    listed = [
        {
            "RuleName": name,
            "Timestamp": float(begin),
            "RequestCount": requests,
            "BorrowCount": borrowed,
            "SampledCount": taken,
        }
        for (name, begin), (requests, taken, borrowed) in region.part(Sampling).reports.items()
        if begin >= oldest
    ]
    token = parameters.get("NextToken")
    shown, token = page(listed, token, PAGE, invalid="InvalidRequestException")
    return {"SamplingStatisticSummaries": shown, **page_token("NextToken", token)}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
