"""Samples of CloudTrail material agree with their truth, found here by other means."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from typing import Any

import pytest

from course.incidents import trail_samples as samples
from course.telemetry.trail import digest, insights
from course.telemetry.trail.records import time_of

SEEDS = ["public", 1, 2, 3]


def who(identity: dict[str, Any]) -> tuple[str, str | None]:
    """Actor and session by the identity's parts, whether or not it names its type."""
    if "sessionContext" in identity:
        return (
            identity["sessionContext"]["sessionIssuer"]["userName"],
            identity["arn"].rsplit("/", 1)[-1],
        )
    return identity.get("userName") or identity["invokedBy"], None


@pytest.mark.parametrize("kind", samples.KINDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_deletion_of_the_bucket_succeeded(seed: int | str, kind: samples.Who) -> None:
    records = samples.deleted_bucket(seed, kind)
    truth = samples.deleted_bucket_truth(seed, kind)
    tries = [
        record
        for record in records
        if record["eventName"] == "DeleteBucket"
        and record["requestParameters"]["bucketName"] == truth["bucket"]
    ]
    assert Counter(record.get("errorCode") for record in tries) == {
        None: 1,
        "AccessDenied": 3,
        "NoSuchBucket": 1,
    }
    (done,) = [record for record in tries if "errorCode" not in record]
    assert done["eventID"] == truth["event_id"] and done["eventTime"] == truth["time"]
    assert who(done["userIdentity"]) == (truth["actor"], truth["session"])
    assert done["sourceIPAddress"] == truth["address"]
    assert tries[0]["errorCode"] == "AccessDenied"
    assert who(tries[0]["userIdentity"])[0] != truth["actor"]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_of_identity_is_there(seed: int | str) -> None:
    records = samples.deleted_bucket(seed)
    kinds = {record["userIdentity"].get("type") for record in records}
    assert kinds >= {"IAMUser", "AssumedRole", "AWSService", "Root", "AWSAccount", None}
    assert [record["eventTime"] for record in records] == sorted(r["eventTime"] for r in records)


def test_seeds_draw_several_kinds_of_culprits() -> None:
    drawn = {who(_done(seed)["userIdentity"]) for seed in range(12)}
    assert len(drawn) > 6


def _done(seed: int) -> dict[str, Any]:
    truth = samples.deleted_bucket_truth(seed)
    (found,) = [r for r in samples.deleted_bucket(seed) if r["eventID"] == truth["event_id"]]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bursts_are_what_insights_would_report(seed: int | str) -> None:
    records = samples.call_rates(seed)
    by_key: dict[Any, list[int]] = defaultdict(list)
    for record in records:
        for key in insights.keys(record):
            by_key[key].append(time_of(record) // insights.MINUTE)
    last = max(time_of(record) for record in records) // insights.MINUTE + 30
    found = [
        (key[0], key[2], key[3], episode.start, episode.last)
        for key, minutes in by_key.items()
        for episode in insights.episodes(minutes, last - 3 * 24 * 60, last)
    ]
    expected = [
        (
            each["insightType"],
            each["eventName"],
            each["errorCode"],
            time_of({"eventTime": each["start"]}) // insights.MINUTE,
            time_of({"eventTime": each["end"]}) // insights.MINUTE,
        )
        for each in samples.call_rates_truth(seed)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_global_threshold_would_not_do() -> None:
    """The weekly batch and the reads are busier than the burst that matters."""
    minutes: Counter[tuple[str, int]] = Counter()
    for record in samples.call_rates("public"):
        minutes[record["eventName"], time_of(record) // insights.MINUTE] += 1
    busiest = {name: 0 for name, _ in minutes}
    for (name, _), count in minutes.items():
        busiest[name] = max(busiest[name], count)
    assert busiest["CreateSnapshot"] >= busiest["RunInstances"] > 10
    assert busiest["DescribeInstances"] > busiest["RunInstances"]


@pytest.mark.parametrize("seed", SEEDS)
def test_lags_are_as_measured(seed: int | str) -> None:
    truth = samples.log_files_truth(seed)
    assert 3 < truth["p50"] < 4
    assert 5.8 < truth["p90"] < 8
    assert truth["max"] < 10.3
    for file in samples.log_files(seed):
        stamp = re.search(r"_(\d{8}T\d{4})Z_", file["key"])
        assert stamp is not None
        written = re.sub(r"\D", "", file["lastModified"])[:12]
        assert stamp.group(1).replace("T", "") == written
        assert all(record["eventTime"] < file["lastModified"] for record in file["records"])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chain_was_tampered_with_as_told(seed: int | str) -> None:
    sample, truth = samples.digest_chain(seed), samples.digest_chain_truth(seed)
    hashes = {key: _hash(data) for key, data in sample["objects"].items()}
    listed, broken = {}, set()
    digests = sorted(sample["metadata"])
    for key in digests:
        document = json.loads(gzip.decompress(sample["objects"][key]))
        listed.update({each["s3Object"]: each["hashValue"] for each in document["logFiles"]})
        before = document["previousDigestS3Object"]
        if before is not None and document["previousDigestHashValue"] != hashes[before]:
            broken.add(before)
    assert broken == {truth["altered_digest"]}
    assert {key for key in listed if key not in hashes} == {truth["missing"]}
    wrong = {key for key, value in listed.items() if key in hashes and hashes[key] != value}
    assert wrong == {truth["altered"]}
    assert sorted(set(listed) - wrong - {truth["missing"]}) == truth["valid"]
    text = gzip.decompress(sample["objects"][truth["repacked"]]).decode()
    assert sample["objects"][truth["repacked"]] != digest.pack(text)


def _hash(data: bytes) -> str:
    return hashlib.sha256(gzip.decompress(data)).hexdigest()


def test_samples_repeat_and_differ_by_seed() -> None:
    assert samples.deleted_bucket(3) == samples.deleted_bucket(3)
    assert samples.digest_chain(3) == samples.digest_chain(3)
    assert samples.deleted_bucket_truth(3) != samples.deleted_bucket_truth(4)
