"""What a policy does when its alarm says so, each minute as long as the alarm stays in ALARM.

"How target tracking scaling for Application Auto Scaling works", "Define cooldown periods" and
"How step scaling works" of the user guide. During the cooldown after scaling out, a policy scales
out again only if the metric asks for more than it has already added, counted from the capacity
that the metric speaks of. After scaling in, a policy does not scale in again before the cooldown
is over; scaling out is never held up by that. With several target tracking policies a service
scales in only when all of them agree.
"""

from __future__ import annotations

from typing import Any

from course.account.cloudwatch import metric_queries
from course.account.cloudwatch.alarm_state import Alarm
from course.account.cloudwatch.metric_queries import Window, read
from course.account.containers import services
from course.account.containers.store import Service
from course.account.region import Region
from course.account.scaling.policies import TRACKING
from course.account.scaling.targets import Policy, Scaling, record, service_of
from course.telemetry.scaling import wanted

SECOND, MINUTE = 1000, 60_000
COOLDOWN = 300


def act(region: Region, alarm: Alarm, arn: str) -> str | None:
    """Carry out an alarm's action, again each minute; returns what is wrong with it."""
    policy = region.part(Scaling).policy(arn)
    if policy is None:
        return f"The scaling policy {arn} does not exist."
    _apply(region, alarm, policy)
    # After the next minute's evaluation, which sees that minute's data point first.
    region.agenda.at(region.now + MINUTE + 1, lambda: _again(region, alarm, policy))
    return None


def _again(region: Region, alarm: Alarm, policy: Policy) -> None:
    known = region.alarms.get(alarm.name) is alarm and alarm.state == "ALARM"
    if known and policy.target.policies.get(policy.name) is policy:
        _apply(region, alarm, policy)
        region.agenda.at(region.now + MINUTE, lambda: _again(region, alarm, policy))


def _apply(region: Region, alarm: Alarm, policy: Policy) -> None:
    """Scale once, if the policy wants another capacity and may have it."""
    value = _latest(region, alarm)
    if value is None:
        return
    service = service_of(region, policy.target.resource)
    if policy.kind == TRACKING:
        number = _tracked(region, alarm, policy, service, value)
    else:
        number = _stepped(region, alarm, policy, service, value)
    if number is None:
        return
    number = min(max(number, policy.target.least), policy.target.most)
    if number > service.desired:
        if not policy.target.suspended["DynamicScalingOutSuspended"]:
            _scale_out(region, alarm, policy, service, number)
    elif number < service.desired and not policy.target.suspended["DynamicScalingInSuspended"]:
        _scale_in(region, alarm, policy, service, number)


def _tracked(
    region: Region, alarm: Alarm, policy: Policy, service: Service, value: float
) -> int | None:
    target = policy.config["TargetValue"]
    if alarm.config["ComparisonOperator"] == "GreaterThanThreshold":
        return max(service.desired, wanted.tracked(_base(region, policy, service), value, target))
    if _is_cooling(region, policy.out, _cooldown(policy, "ScaleOutCooldown")):
        return None
    if _others_want_more(region, policy):
        return None
    return min(service.desired, wanted.tracked(service.desired, value, target))


def _base(region: Region, policy: Policy, service: Service) -> int:
    """The capacity to count from: while cooling down, the one before the last scale-out."""
    cooling = _is_cooling(region, policy.out, _cooldown(policy, "ScaleOutCooldown"))
    return policy.base if cooling else service.desired


def _stepped(
    region: Region, alarm: Alarm, policy: Policy, service: Service, value: float
) -> int | None:
    if "Threshold" not in alarm.config:
        return None
    excess = value - alarm.config["Threshold"]
    base = _base(region, policy, service)
    number = wanted.stepped(base, excess, policy.config)
    if number is not None and number > base:
        return max(service.desired, number)
    return wanted.stepped(service.desired, excess, policy.config)


def _cooldown(policy: Policy, name: str) -> int:
    if policy.kind != TRACKING:
        name = "Cooldown"
    return int(policy.config.get(name, COOLDOWN)) * SECOND


def _is_cooling(region: Region, since: int | None, cooldown: int) -> bool:
    return since is not None and region.now < since + cooldown


def _others_want_more(region: Region, policy: Policy) -> bool:
    """Whether a target tracking policy beside it does not ask to scale in as well."""
    for other in policy.target.policies.values():
        if other is policy or other.kind != TRACKING or other.config.get("DisableScaleIn"):
            continue
        low = region.alarms.get(other.alarms[1])
        if low is None or low.state != "ALARM":
            return True
    return False


def _scale_out(region: Region, alarm: Alarm, policy: Policy, service: Service, number: int) -> None:
    if not _is_cooling(region, policy.out, _cooldown(policy, "ScaleOutCooldown")):
        policy.base = service.desired
    policy.out = region.now
    _set(region, alarm, policy, service, number)


def _scale_in(region: Region, alarm: Alarm, policy: Policy, service: Service, number: int) -> None:
    if _is_cooling(region, policy.into, _cooldown(policy, "ScaleInCooldown")):
        return
    if policy.kind != TRACKING and _is_cooling(region, policy.out, _cooldown(policy, "")):
        return
    policy.into = region.now
    _set(region, alarm, policy, service, number)


def _set(region: Region, alarm: Alarm, policy: Policy, service: Service, number: int) -> None:
    cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.name}"
    record(region, policy.target, number, cause)
    services.set_desired(region, service, number)


def _latest(region: Region, alarm: Alarm) -> float | None:
    """The newest data point that the alarm has seen."""
    now = region.now // SECOND // 60 * 60
    period = alarm.period
    window = Window(now - 3 * period, now, aligned=True)
    config: dict[str, Any] = alarm.config
    if "Metrics" in config:
        returned = [each for each in config["Metrics"] if each.get("ReturnData", True)]
        points = metric_queries.answer(region, config["Metrics"], window)[returned[0]["Id"]][
            0
        ].points
    else:
        stat = config.get("Statistic") or config["ExtendedStatistic"]
        points = read(region, config, config["Period"], stat, window, config.get("Unit"))
    return max(points)[1] if points else None
