"""The embedded metric format: what becomes a metric, and why a document does not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from course.telemetry import emf

NOW = 1_773_741_720_000
DOCUMENT: dict[str, Any] = {
    "_aws": {
        "Timestamp": NOW,
        "CloudWatchMetrics": [
            {
                "Namespace": "Shop/Checkout",
                "Dimensions": [["Service"], ["Service", "Provider"]],
                "Metrics": [
                    {"Name": "Orders", "Unit": "Count"},
                    {"Name": "Latency", "Unit": "Milliseconds", "StorageResolution": 1},
                ],
            }
        ],
    },
    "Service": "checkout",
    "Provider": "northbank",
    "Orders": 1,
    "Latency": [12.5, 12.5, 80],
    "requestId": "8f2c",
}


def changed(change: str) -> dict[str, Any]:
    """The document after one statement on `d` (the document), `m` (_aws) or `c` (the directive)."""
    d = copy.deepcopy(DOCUMENT)
    exec(change, {"d": d, "m": d["_aws"], "c": d["_aws"]["CloudWatchMetrics"][0]})
    return d


def test_every_dimension_set_makes_a_metric_of_its_own() -> None:
    made = emf.extract(json.dumps(DOCUMENT), NOW)
    assert [(each["name"], each["dimensions"]) for each in made] == [
        ("Orders", {"Service": "checkout"}),
        ("Latency", {"Service": "checkout"}),
        ("Orders", {"Service": "checkout", "Provider": "northbank"}),
        ("Latency", {"Service": "checkout", "Provider": "northbank"}),
    ]
    assert made[1] == {
        "timestamp": NOW,
        "namespace": "Shop/Checkout",
        "name": "Latency",
        "dimensions": {"Service": "checkout"},
        "unit": "Milliseconds",
        "resolution": 1,
        "values": [12.5, 80.0],
        "counts": [2.0, 1.0],
    }


def test_two_directives_and_an_empty_dimension_set() -> None:
    document = changed("m['CloudWatchMetrics'].append({**c, 'Dimensions': [[]]})")
    assert emf.problems(document) == []
    assert len(emf.extract(json.dumps(document), NOW)) == 6


@pytest.mark.parametrize(
    "line", ["plain text", "{}", '{"_aws": 1', '["_aws"]', '"_aws"', 'x {"_aws": {}}', ""]
)
def test_other_lines_make_nothing(line: str) -> None:
    assert emf.extract(line, NOW) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("del d['_aws']", 'needs a member "_aws"'),
        ("del m['Timestamp']", 'needs "Timestamp"'),
        ("m['Timestamp'] = 1773741720", "looks like seconds"),
        ("m['Timestamp'] = '2026'", 'needs "Timestamp"'),
        ("m['Timestamp'] += 0.25", "no whole number"),
        ("m['Timestamp'] -= 15 * 86_400_000", "two weeks old"),
        ("m['Timestamp'] += 3 * 3_600_000", "two hours in the future"),
        ("m['CloudWatchMetrics'] = {}", "an array of objects"),
        ("m['CloudWatchMetrics'] = ['x']", "must be an object"),
        ("del c['Namespace']", '"Namespace"'),
        ("c['Dimensions'] = ['Service']", "array of arrays"),
        ("c['Dimensions'] = []", "at least one array"),
        ("del c['Dimensions']", '"Dimensions"'),
        ("c['Dimensions'] = [['Shop']]", 'names "Shop", which is not a member at the root'),
        ("c['Dimensions'] = [['Orders']]", "must be a text"),
        ("c['Dimensions'] = [[3]]", "must hold names"),
        ("c['Dimensions'] = [['Service'] * 31]", "31 names; 30 are allowed"),
        ("d['Service'] = 'x' * 1025", "1 to 1024 characters"),
        ("c['Metrics'] = 'Orders'", '"Metrics"'),
        ("c['Metrics'] = ['Orders']", 'an object with a "Name"'),
        ("c['Metrics'] *= 51", "102 metrics; 100 are allowed"),
        ("c['Metrics'][0]['Name'] = 'Missing'", 'names "Missing"'),
        ("c['Metrics'][0]['Unit'] = 'count'", '"count" is no unit'),
        ("c['Metrics'][0]['StorageResolution'] = 5", "must be 1 or 60"),
        ("d['Orders'] = '1'", "must be a number"),
        ("d['Orders'] = True", "must be a number"),
        ("d['Orders'] = {'n': 1}", "must be a number"),
        ("d['Latency'] = [1] * 101", "101 values; 100 are allowed"),
    ],
)
def test_a_problem_is_told_in_one_sentence_and_nothing_is_published(
    change: str, words: str
) -> None:
    document = changed(change)
    found = emf.problems(document, NOW)
    assert len({each for each in found if words in each}) == 1, found
    assert emf.extract(json.dumps(document), NOW) == []


def test_problems_also_reads_the_line_itself() -> None:
    assert emf.problems(json.dumps(DOCUMENT)) == []
    assert emf.problems("START " + json.dumps(DOCUMENT)) == [
        "The log line must be one JSON object, with nothing before or after it."
    ]
