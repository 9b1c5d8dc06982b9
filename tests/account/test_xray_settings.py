"""Groups, sampling rules, tags and encryption of X-Ray through boto3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

import course.account
from course.account import Account, NotSimulated
from course.account.xray.sampling import sampled
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.test_xray import NOW, error_of, graph, ids, moved, put, put_all, search
from tests.telemetry import xray_traces

CLIENT = "ABCDEF1234567890ABCDEF10"


@pytest.fixture(scope="session")
def client(session: boto3.Session) -> Any:
    return session.client("xray")


@pytest.fixture
def xray(account: Account, client: Any) -> Any:
    return client


def rule(name: str, **changes: Any) -> dict[str, Any]:
    """A sampling rule that matches everything."""
    settings: dict[str, Any] = {
        "RuleName": name,
        "ResourceARN": "*",
        "Priority": 100,
        "FixedRate": 0.5,
        "ReservoirSize": 4,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        **changes,
    }
    return {key: value for key, value in settings.items() if value is not None}


def names(xray: Any) -> list[str]:
    records = xray.get_sampling_rules()["SamplingRuleRecords"]
    return [each["SamplingRule"]["RuleName"] for each in records]


@behaviour("xray.groups")
def test_a_group_can_be_made_read_changed_and_deleted(xray: Any) -> None:
    made = xray.create_group(GroupName="slow", FilterExpression="responsetime > 2")["Group"]
    assert made["GroupARN"].startswith("arn:aws:xray:us-east-1:123456789012:group/slow/")
    assert made["InsightsConfiguration"]["InsightsEnabled"] is False
    assert xray.get_group(GroupARN=made["GroupARN"])["Group"] == made
    changed = xray.update_group(GroupName="slow", FilterExpression="responsetime > 3")["Group"]
    assert changed["FilterExpression"] == "responsetime > 3"
    listed = xray.get_groups()["Groups"]
    assert [each["GroupName"] for each in listed] == ["Default", "slow"]
    xray.delete_group(GroupName="slow")
    assert len(xray.get_groups()["Groups"]) == 1


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("create_group", {"GroupName": "Default"}, "already exists"),
        ("create_group", {"GroupName": "x" * 33}, "less than or equal to 32"),
        ("create_group", {"GroupName": "x", "FilterExpression": "falt"}, "did you mean fault?"),
        ("create_group", {"GroupName": "x", "FilterExpression": 'group.name = "x"'}, "itself"),
        ("update_group", {"GroupName": "Default", "FilterExpression": "ok"}, "cannot be changed"),
        ("delete_group", {"GroupName": "ghost"}, "Group not found"),
        ("get_group", {}, "must be specified"),
        (
            "create_group",
            {"GroupName": "x", "InsightsConfiguration": {"NotificationsEnabled": True}},
            "insights enabled",
        ),
    ],
)
def test_wrong_groups_are_invalid_requests(
    xray: Any, operation: str, parameters: dict[str, Any], message: str
) -> None:
    error = error_of(getattr(xray, operation), **parameters)
    assert error["Code"] == "InvalidRequestException" and message in error["Message"]


def test_at_most_25_groups(xray: Any) -> None:
    for number in range(25):
        xray.create_group(GroupName=f"g{number}")
    assert "25" in error_of(xray.create_group, GroupName="one-more")["Message"]


@behaviour("xray.groups_in_filters")
def test_a_group_in_a_search_stands_for_its_present_filter(xray: Any) -> None:
    put_all(xray)
    xray.create_group(GroupName="slow", FilterExpression="responsetime > 5")
    text = 'group.name = "slow" AND user = "bob"'
    assert {each["Id"] for each in search(xray, text)} == ids("slow")
    xray.update_group(GroupName="slow", FilterExpression="responsetime < 1")
    assert search(xray, text) == []


@behaviour("xray.group_graphs")
def test_a_groups_graph_holds_what_arrived_while_it_existed(account: Account, xray: Any) -> None:
    put_all(xray)
    account.advance(seconds=1)
    xray.create_group(GroupName="faults", FilterExpression="fault")
    account.advance(seconds=59)
    late = [moved(each, NOW - xray_traces.START) for each in xray_traces.DOCUMENTS["fast"]]
    broken = xray_traces.segment(9, 0x90, "late", 0, 1, fault=True)
    put(xray, moved(broken, NOW - xray_traces.START), *late)
    times = {"EndTime": NOW + 60}
    assert set(graph(xray, GroupName="faults", **times)) == {"late", "late client"}
    assert len(graph(xray, GroupName="Default", **times)) > 5

    def is_mixed() -> bool:
        found = xray.get_service_graph(StartTime=NOW - 60, GroupName="faults", **times)
        return bool(found["ContainsOldGroupVersions"])

    assert not is_mixed()
    account.advance(seconds=1)
    xray.update_group(GroupName="faults", FilterExpression="error")
    assert is_mixed()
    assert set(graph(xray, GroupName="faults", **times)) == {"late", "late client"}


@behaviour("xray.insights")
def test_insights_are_refused(xray: Any) -> None:
    with pytest.raises(NotSimulated, match="xray:GetInsightSummaries"):
        xray.get_insight_summaries(StartTime=1, EndTime=2, GroupName="Default")
    with pytest.raises(NotSimulated, match="insights of a group"):
        xray.create_group(GroupName="x", InsightsConfiguration={"InsightsEnabled": True})


@behaviour("xray.transaction_search")
def test_transaction_search_is_refused(xray: Any) -> None:
    assert xray.get_trace_segment_destination() | {"ResponseMetadata": 0} == {
        "Destination": "XRay",
        "Status": "ACTIVE",
        "ResponseMetadata": 0,
    }
    with pytest.raises(NotSimulated, match="Transaction Search"):
        xray.update_trace_segment_destination(Destination="CloudWatchLogs")


@behaviour("xray.resource_policies")
def test_resource_policies_are_refused(xray: Any) -> None:
    with pytest.raises(NotSimulated, match="xray:ListResourcePolicies"):
        xray.list_resource_policies()


@behaviour("xray.sampling_rules")
def test_a_sampling_rule_can_be_made_changed_and_deleted(account: Account, xray: Any) -> None:
    record = xray.create_sampling_rule(SamplingRule=rule("checkout"))["SamplingRuleRecord"]
    made = record["SamplingRule"]
    assert made["RuleARN"] == "arn:aws:xray:us-east-1:123456789012:sampling-rule/checkout"
    assert made["Attributes"] == {}
    assert record["CreatedAt"].timestamp() == NOW
    account.advance(minutes=1)
    change = {"RuleARN": made["RuleARN"], "FixedRate": 0.1}
    record = xray.update_sampling_rule(SamplingRuleUpdate=change)["SamplingRuleRecord"]
    assert (record["SamplingRule"]["FixedRate"], record["SamplingRule"]["Priority"]) == (0.1, 100)
    assert record["ModifiedAt"].timestamp() == NOW + 60
    assert names(xray) == ["Default", "checkout"]
    xray.delete_sampling_rule(RuleName="checkout")
    assert names(xray) == ["Default"]


@behaviour("xray.default_sampling_rule")
def test_the_default_rule_can_be_changed_but_not_deleted(xray: Any) -> None:
    (record,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    default = record["SamplingRule"]
    assert (default["Priority"], default["FixedRate"], default["ReservoirSize"]) == (10000, 0.05, 1)
    changed = {"RuleName": "Default", "FixedRate": 0.01, "ReservoirSize": 0}
    xray.update_sampling_rule(SamplingRuleUpdate=changed)
    (record,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["FixedRate"] == 0.01
    wrong = {"RuleName": "Default", "URLPath": "/a"}
    assert (
        "Only FixedRate" in error_of(xray.update_sampling_rule, SamplingRuleUpdate=wrong)["Message"]
    )
    assert "deleted" in error_of(xray.delete_sampling_rule, RuleName="Default")["Message"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"FixedRate": 100}, "less than or equal to 1"),
        ({"Priority": 10000}, "less than or equal to 9999"),
        ({"HTTPMethod": "x" * 11}, "less than or equal to 10"),
        ({"Version": 2}, "Version must be 1"),
        ({"RuleName": None}, "RuleName must be specified"),
        ({"RuleName": "Default"}, "already exists"),
    ],
)
def test_wrong_rules_are_invalid_requests(xray: Any, changes: dict[str, Any], message: str) -> None:
    error = error_of(xray.create_sampling_rule, SamplingRule=rule("r", **changes))
    assert error["Code"] == "InvalidRequestException" and message in error["Message"]


@pytest.mark.parametrize(
    "update",
    [
        {"RuleName": "ghost"},
        {"RuleName": "r", "RuleARN": "arn"},
        {"RuleName": "r", "FixedRate": 2.0},
        {"RuleName": "r", "Priority": 10000},
        {"RuleName": "r", "ReservoirSize": -1},
    ],
)
def test_wrong_updates_are_invalid_requests(xray: Any, update: dict[str, Any]) -> None:
    xray.create_sampling_rule(SamplingRule=rule("r"))
    error = error_of(xray.update_sampling_rule, SamplingRuleUpdate=update)
    assert error["Code"] == "InvalidRequestException"


def test_at_most_25_custom_rules(xray: Any) -> None:
    for number in range(25):
        xray.create_sampling_rule(SamplingRule=rule(f"r{number}"))
    error = error_of(xray.create_sampling_rule, SamplingRule=rule("one-more"))
    assert error["Code"] == "RuleLimitExceededException"


def test_boosts_are_refused(xray: Any) -> None:
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 10}
    with pytest.raises(NotSimulated, match="SamplingRateBoost"):
        xray.create_sampling_rule(SamplingRule=rule("r", SamplingRateBoost=boost))


def report(name: str, client: str = CLIENT, **counts: int) -> dict[str, Any]:
    found = {"RequestCount": 110, "SampledCount": 20, "BorrowCount": 10, **counts}
    return {"RuleName": name, "ClientID": client, "Timestamp": NOW, **found}


@behaviour("xray.sampling_targets")
def test_clients_share_a_rules_reservoir(account: Account, xray: Any) -> None:
    xray.create_sampling_rule(SamplingRule=rule("r", ReservoirSize=5))

    def quota(client: str) -> int:
        answer = xray.get_sampling_targets(SamplingStatisticsDocuments=[report("r", client)])
        (target,) = answer["SamplingTargetDocuments"]
        assert (target["FixedRate"], target["Interval"]) == (0.5, 10)
        assert target["ReservoirQuotaTTL"].timestamp() == account.now.timestamp() + 300
        return int(target["ReservoirQuota"])

    assert quota("a" * 24) == 5
    assert quota("b" * 24) + quota("a" * 24) == 5
    account.advance(minutes=1)
    assert quota("b" * 24) == 5


def test_targets_tell_of_changed_and_missing_rules(account: Account, xray: Any) -> None:
    account.advance(minutes=1)
    xray.create_sampling_rule(SamplingRule=rule("r"))
    answer = xray.get_sampling_targets(
        SamplingStatisticsDocuments=[report("Default"), report("ghost")]
    )
    assert answer["LastRuleModification"].timestamp() == NOW + 60
    assert [each["RuleName"] for each in answer["SamplingTargetDocuments"]] == ["Default"]
    (missing,) = answer["UnprocessedStatistics"]
    assert (missing["RuleName"], missing["ErrorCode"]) == ("ghost", "400")


@behaviour("xray.sampling_statistics")
def test_statistics_of_a_rule_add_up_over_its_clients(account: Account, xray: Any) -> None:
    for client in ("a" * 24, "b" * 24):
        xray.get_sampling_targets(SamplingStatisticsDocuments=[report("Default", client)])
    (found,) = xray.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
    assert (found["RequestCount"], found["SampledCount"], found["BorrowCount"]) == (220, 40, 20)
    assert found["Timestamp"].timestamp() == NOW
    account.advance(minutes=11)
    assert xray.get_sampling_statistic_summaries()["SamplingStatisticSummaries"] == []


@behaviour("xray.own_sampling")
def test_the_accounts_services_sample_by_the_rules(account: Account, xray: Any) -> None:
    xray.create_sampling_rule(
        SamplingRule=rule("never", URLPath="/health", FixedRate=0, ReservoirSize=0)
    )
    region = account._desk.regions["us-east-1"]
    health = [sampled(region, {"service": "api", "path": "/health"}) for _ in range(50)]
    assert {(each.rule, each.sampled) for each in health} == {("never", False)}
    other = [sampled(region, {"service": "api", "path": "/"}) for _ in range(200)]
    assert {each.rule for each in other} == {"Default"}
    assert [each.how for each in other[:2]] == ["borrow", "rate"]
    assert 2 <= sum(each.sampled for each in other) <= 25


@behaviour("xray.encryption")
def test_encryption_is_updating_then_active(xray: Any) -> None:
    assert xray.get_encryption_config()["EncryptionConfig"] == {"Status": "ACTIVE", "Type": "NONE"}
    put = xray.put_encryption_config(Type="KMS", KeyId="alias/traces")["EncryptionConfig"]
    assert put == {"KeyId": "alias/traces", "Status": "UPDATING", "Type": "KMS"}
    assert xray.get_encryption_config()["EncryptionConfig"]["Status"] == "ACTIVE"
    assert error_of(xray.put_encryption_config, Type="KMS")["Code"] == "InvalidRequestException"


@behaviour("xray.tags")
def test_groups_and_rules_have_tags(xray: Any) -> None:
    tag = {"Key": "team", "Value": "orders"}
    group = xray.create_group(GroupName="g", Tags=[tag])["Group"]["GroupARN"]
    made = xray.create_sampling_rule(SamplingRule=rule("r"))["SamplingRuleRecord"]
    arn = made["SamplingRule"]["RuleARN"]
    xray.tag_resource(ResourceARN=arn, Tags=[tag, {"Key": "a", "Value": "b"}])
    xray.untag_resource(ResourceARN=arn, TagKeys=["a"])
    for each in (group, arn):
        assert xray.list_tags_for_resource(ResourceARN=each)["Tags"] == [tag]
    many = [{"Key": f"k{n}", "Value": "v"} for n in range(50)]
    assert error_of(xray.tag_resource, ResourceARN=arn, Tags=many)["Code"] == "TooManyTagsException"
    ghost = "arn:aws:xray:us-east-1:123456789012:group/ghost/1"
    error = error_of(xray.list_tags_for_resource, ResourceARN=ghost)
    assert error["Code"] == "ResourceNotFoundException"


@behaviour("xray.telemetry_records")
def test_the_daemons_records_are_taken(xray: Any) -> None:
    xray.put_telemetry_records(TelemetryRecords=[{"Timestamp": NOW, "SegmentsSentCount": 3}])


@pytest.fixture
def world_with_settings(client: Any) -> Iterator[Any]:
    settings = {
        "sampling_rules": [{"name": "api", "priority": 5, "fixed_rate": 0.2, "reservoir_size": 0}],
        "groups": [{"name": "slow", "filter_expression": "responsetime > 2"}],
    }
    world = replace(WORLD, resources={**WORLD.resources, "xray": settings})
    with course.account.open(world):
        yield client


@behaviour("xray.world_settings")
def test_rules_and_groups_of_a_world_are_there(world_with_settings: Any) -> None:
    assert names(world_with_settings) == ["Default", "api"]
    group = world_with_settings.get_group(GroupName="slow")["Group"]
    assert group["FilterExpression"] == "responsetime > 2"
