"""Proxy responses: every row of api_proxy_responses.toml for all three readings, and laws."""

from __future__ import annotations

import base64
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.apis import proxy
from tests.account.behaviours import behaviour

CASES = tomllib.loads(
    (Path(__file__).parent / "api_proxy_responses.toml").read_text(encoding="utf-8")
)["case"]
READINGS = {"rest": proxy.rest, "http_1": proxy.http_1, "http_2": proxy.http_2}
MALFORMED = {"rest": 502, "http_1": 500, "http_2": 500}


def payload(case: dict[str, Any]) -> bytes:
    return case.get("raw", case.get("returned", "")).encode()


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert sum(case.get("recorded", False) for case in CASES) >= 15


@behaviour("apigateway.proxy_response_rules")
@pytest.mark.parametrize("kind", READINGS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_status(case: dict[str, Any], kind: str) -> None:
    if case[kind] == MALFORMED[kind]:
        with pytest.raises(proxy.Malformed):
            READINGS[kind](payload(case))
    else:
        assert READINGS[kind](payload(case)).status == case[kind]


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "body" in case or "headers" in case],
    ids=lambda case: case["name"],
)
def test_headers_and_body(case: dict[str, Any]) -> None:
    response = READINGS[case.get("of", "rest")](payload(case))
    if "body" in case:
        assert response.body.decode() == case["body"]
    if "headers" in case:
        assert response.headers == [tuple(pair) for pair in case["headers"]]


def test_binary_media_types_decode() -> None:
    answer = json.dumps({"body": "dGVzdA==", "isBase64Encoded": True}).encode()
    assert proxy.rest(answer, binary=True).body == b"test"
    with pytest.raises(proxy.NotBase64):
        proxy.rest(b'{"body": "?", "isBase64Encoded": true}', binary=True)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(answer=VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(proxy.REST_KEYS, VALUES)))
@pytest.mark.parametrize("kind", READINGS)
def test_every_answer_is_a_response_or_malformed(kind: str, answer: Any) -> None:
    try:
        response = READINGS[kind](json.dumps(answer).encode())
    except (proxy.Malformed, proxy.NotBase64):
        return
    assert 100 <= response.status <= 599
    assert all(isinstance(part, str) for pair in response.headers for part in pair)


@settings(max_examples=40, deadline=None)
@given(body=st.binary(), status=st.integers(100, 599))
def test_bytes_survive_base64(body: bytes, status: int) -> None:
    encoded = base64.b64encode(body).decode()
    answer = json.dumps({"statusCode": status, "body": encoded, "isBase64Encoded": True}).encode()
    assert proxy.rest(answer, binary=True) == proxy.ProxyResponse(status, [], body)
    assert proxy.http_2(answer).body == body
