"""Friday's timeouts: every cause has the symptom, and undoing that one thing cures it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from course import account
from course.incidents import friday
from course.incidents.friday import CAUSES, Cause, Friday
from course.telemetry.world import World

NOON = 1_773_403_200_000  # 2026-03-13T12:00:00Z, a Friday
SEEDS = ("public", "another", 7)


def orders(lab: account.Account, shop: Friday, count: int = 8) -> list[dict[str, Any]]:
    results = lab.traffic(shop.function, [(5000 * (n // 4), {}) for n in range(count)])
    lab.advance(minutes=1)
    return results


def failures(results: list[dict[str, Any]]) -> int:
    return sum(result["error"] is not None for result in results)


def cure(shop: Friday, cause: Cause) -> None:
    change = boto3.client("lambda").update_function_configuration
    if cause == "subnet":
        place = {"SubnetIds": [shop.subnets[0]], "SecurityGroupIds": list(shop.groups)}
        change(FunctionName=shop.function, VpcConfig=place)
    elif cause == "egress":
        client = boto3.client("ec2")
        client.authorize_security_group_egress(
            GroupId=shop.groups[-1], IpPermissions=friday.ANYWHERE
        )
    else:
        cut = shop.function if cause == "memory" else shop.downstream
        change(FunctionName=cut, MemorySize=shop.memory)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_breaks_orders_and_its_cure_mends_them(cause: Cause, seed: str | int) -> None:
    with account.fresh(World("lab", NOON, NOON, [], [])) as lab:
        shop = friday.noon(seed)
        assert failures(orders(lab, shop)) == 0
        friday.afternoon(shop, cause)
        results = orders(lab, shop, 24)
        assert failures(results) > 2
        ends = {result["total_ms"] for result in results if result["error"]}
        assert min(ends) >= 3000, "nothing but timeouts"
        cure(shop, cause)
        cured = orders(lab, shop)
        assert failures(cured) == 0
        assert max(result["total_ms"] for result in cured) < 2000


def test_more_time_does_not_cure_the_network() -> None:
    with account.fresh(World("lab", NOON, NOON, [], [])) as lab:
        shop = friday.noon("public")
        friday.afternoon(shop, "egress")
        boto3.client("lambda").update_function_configuration(FunctionName=shop.function, Timeout=30)
        assert failures(orders(lab, shop, 4)) == 4


def test_the_same_seed_gives_the_same_shop() -> None:
    made = []
    for _ in range(2):
        with account.fresh(World("lab", NOON, NOON, [], [])):
            shop = friday.noon("k")
            made.append((shop.function, shop.downstream, shop.memory, shop.timeout))
    assert made[0] == made[1]
