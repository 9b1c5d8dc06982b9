"""The rules of S3: bucket names, request rates by prefix, load by the second."""

from __future__ import annotations

from random import Random

import pytest

from course.telemetry.storage import load, names
from course.telemetry.storage.load import Flow
from course.telemetry.storage.partitions import READ, WRITE, Partitions

MINUTE = 60_000


@pytest.mark.parametrize("name", ["abc", "my-bucket.of.logs", "0a9", "a" * 63])
def test_valid_names(name: str) -> None:
    assert names.is_valid(name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Shop",
        "shop_images",
        "-shop",
        "shop-",
        "a..b",
        "192.168.5.4",
        "xn--shop",
        "sthree-x",
        "shop-s3alias",
        "shop--x-s3",
    ],
)
def test_invalid_names(name: str) -> None:
    assert not names.is_valid(name)


def test_a_prefix_serves_3500_writes_and_5500_reads_a_second() -> None:
    partitions = Partitions(0)
    assert sum(partitions.serve(WRITE, f"k{n}", 0) for n in range(4000)) == 3500
    assert sum(partitions.serve(READ, f"k{n}", 0) for n in range(6000)) == 5500
    assert partitions.serve(WRITE, "k", 1000, 9999) == 3500


def per_minute(flow: Flow, minutes: int, partitions: Partitions) -> list[float]:
    """Requests a second that were served, minute by minute."""
    found = list(load.run([flow], 0, 60 * minutes, 1, partitions))
    return [sum(each.served for each in found[n * 60 : n * 60 + 60]) / 60 for n in range(minutes)]


def test_a_hot_prefix_is_split_after_ten_minutes() -> None:
    partitions = Partitions(0)
    served = per_minute(load.under("img/", WRITE, 8000), 13, partitions)
    assert served[:10] == [3500.0] * 10
    assert served[12] == pytest.approx(8000, rel=0.02)
    assert "img/a" in partitions.prefixes()


def test_what_is_not_refused_is_not_split() -> None:
    partitions = Partitions(0)
    assert per_minute(load.under("img/", WRITE, 3500), 12, partitions) == [3500.0] * 12
    assert partitions.prefixes() == [""]


def test_one_hot_key_cannot_be_split() -> None:
    partitions = Partitions(0)
    flow = Flow(READ, 9000, lambda at, rng: "logo.png")
    assert per_minute(flow, 12, partitions)[-1] == 5500.0
    assert partitions.prefixes() == [""]


def test_a_date_prefix_is_hot_anew_with_every_hour() -> None:
    def by_hour(at: float, rng: Random) -> str:
        return f"2026-03-17-{int(at // (20 * MINUTE)):02d}/{rng.randrange(16**8):08x}"

    served = per_minute(Flow(WRITE, 7000, by_hour), 40, Partitions(0))
    assert served[0] == 3500.0
    assert served[15] == pytest.approx(7000, rel=0.02)
    assert served[21] == 3500.0


def test_access_log_rows_repeat_and_show_the_share_of_refusals() -> None:
    flows = load.flows({"img/": {"writes": 7000, "reads": 100}})
    rows = load.requests(load.run(flows, 0, 120, 4), 5, 4)
    assert rows == load.requests(load.run(flows, 0, 120, 4), 5, 4)
    writes = [row for row in rows if row["operation"] == "REST.PUT.OBJECT"]
    refused = [row for row in writes if row["error_code"] == "SlowDown"]
    assert 0.4 < len(refused) / len(writes) < 0.6
    assert {row["status"] for row in refused} == {503}
    assert {row["status"] for row in rows if row["operation"] == "REST.GET.OBJECT"} == {200}


def test_rates_are_reads_and_writes() -> None:
    with pytest.raises(ValueError, match="gets"):
        load.flows({"img/": {"gets": 5}})
