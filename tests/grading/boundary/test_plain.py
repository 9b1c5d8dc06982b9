"""What passes between two kernels: equal and of the same type, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from course.account.errors import NotSimulated
from course.grading.boundary import faults
from course.grading.boundary.plain import NotPlain, Opaque, Reference, pack, unpack

SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    *(st.binary(), st.decimals(allow_nan=False), st.dates(), st.times(), st.timedeltas()),
    st.datetimes(timezones=st.sampled_from([None, dt.UTC])),
)
HASHED = st.one_of(SCALARS, st.tuples(SCALARS, SCALARS), st.frozensets(SCALARS, max_size=3))
VALUES = st.recursive(
    HASHED,
    lambda inner: st.one_of(
        *(st.lists(inner, max_size=4), st.tuples(inner, inner), st.sets(HASHED, max_size=3)),
        st.dictionaries(HASHED, inner, max_size=4),
    ),
    max_leaves=12,
)
TEXTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
NAMES = ("list", "dict", "set", "series", "frame", "index", "array", "scalar", "fault", "decimal")


def never(value: Any) -> None:
    """Nothing passes by reference."""


def nobody(reference: Reference) -> Any:
    raise NotPlain("a reference")


def passed(value: Any) -> Any:
    return unpack(json.loads(json.dumps(pack(value, never))), nobody)


def same(one: Any, other: Any) -> bool:
    """Equal, with equal types all the way down."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, list | tuple):
        return all(map(same, one, other))
    return True


@given(VALUES)
def test_plain_values_come_back_equal_and_of_their_types(value: Any) -> None:
    assert same(passed(value), value)


@given(TEXTS)
def test_any_text_is_a_value_or_refused(packed: Any) -> None:
    try:
        unpack(packed, nobody)
    except NotPlain:
        return


@given(st.sampled_from(NAMES), st.lists(TEXTS, max_size=4))
def test_any_text_under_a_known_name_is_a_value_or_refused(name: str, parts: Any) -> None:
    try:
        unpack([name, *parts], nobody)
    except NotPlain:
        return


def test_special_numbers() -> None:
    assert math.isnan(passed(float("nan")))
    assert passed(float("-inf")) == float("-inf")
    assert passed(Decimal("NaN")).is_nan()
    assert passed(pd.NaT) is pd.NaT and passed(pd.NA) is pd.NA


@pytest.mark.parametrize(
    "value", [np.int64(3), np.float32(0.5), np.bool_(True), np.str_("a"), range(2, 9, 3)]
)
def test_scalars_of_numpy(value: Any) -> None:
    assert type(passed(value)) is type(value) and passed(value) == value


def test_arrays() -> None:
    for value in (np.arange(6).reshape(2, 3), np.array(["a", "b"]), np.array([])):
        assert passed(value).dtype == value.dtype
        np.testing.assert_array_equal(passed(value), value)


STAMPS = pd.to_datetime(["2026-03-17 10:00:00.123456789", None], utc=True)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", None], "at": STAMPS}),
        pd.DataFrame({"a": [1.5, float("nan")]}, index=pd.Index(["p", "q"], name="key")),
        pd.DataFrame([[1, 2]], columns=["twice", "twice"]),
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
    ],
)
def test_tables(value: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(passed(value), value)


def test_series_and_indexes() -> None:
    series = pd.Series([1, 2], index=["a", "b"], name="n")
    pd.testing.assert_series_equal(passed(series), series)
    many = pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    pd.testing.assert_series_equal(passed(many), many)


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2026-03-17 10:00:00.123456789", tz="UTC"),
        pd.Timestamp("2026-03-17 10:00", tz="Europe/Berlin"),
        pd.Timestamp("2026-03-17"),
        pd.Timedelta(3, unit="ns"),
        dt.datetime(2026, 3, 17, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    ],
)
def test_times(value: Any) -> None:
    assert type(passed(value)) is type(value) and passed(value) == value
    assert str(passed(value)) == str(value)


def test_what_is_built_on_a_plain_type_arrives_as_that() -> None:
    point = namedtuple("point", "x y")(1, 2)
    for value in (Counter("aab"), OrderedDict(b=1, a=2), point):
        assert passed(value) == value
    assert [type(passed(one)) for one in (Counter(), point)] == [dict, tuple]


class Equal(str):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def test_no_own_comparison_passes() -> None:
    assert type(passed(Equal("a"))) is str and passed(Equal("a")) != "b"


def test_what_does_not_pass_can_only_be_shown() -> None:
    found = passed([object(), lambda: 1])
    assert [type(one) for one in found] == [Opaque, Opaque]
    assert found[0] != passed(object()) and repr(found[0]).startswith("<object obj")


def test_an_iterator_gives_what_it_would_have_given() -> None:
    found = passed(n * n for n in range(3))
    assert not isinstance(found, list) and list(found) == [0, 1, 4]


def test_what_holds_itself_ends() -> None:
    value: list[Any] = []
    value.append(value)
    assert isinstance(passed(value), list)


# --- exceptions -----------------------------------------------------------------------------------


def refusal() -> ClientError:
    told = {"Error": {"Code": "Throttling", "Message": "slow down"}, "ResponseMetadata": {}}
    return ClientError(told, "GetItem")


@pytest.mark.parametrize(
    "error",
    [
        *(ValueError("no"), KeyError("k"), OSError(2, "gone"), refusal()),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://sqs"),
        NotSimulated("ec2:RunInstances", "Use a function."),
        json.JSONDecodeError("bad", "{", 1),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ],
)
def test_exceptions_keep_class_text_and_attributes(error: BaseException) -> None:
    found = passed(error)
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert vars(found) == vars(error)


def test_a_clients_own_exception_is_a_client_error() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    kind = client.exceptions.ConditionalCheckFailedException
    found = passed(kind(refusal().response, "PutItem"))
    assert isinstance(found, ClientError) and type(found).__name__ == kind.__name__
    assert found.response["Error"]["Code"] == "Throttling"


def test_a_class_of_the_answers_own_is_its_nearest_known_one() -> None:
    class Mine(KeyError):
        pass

    found = passed(passed(Mine("k")))
    assert isinstance(found, KeyError) and type(found).__name__ == "Mine"


def test_causes_pass_and_a_none_stays() -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")
    error.response = None  # type: ignore[attr-defined]
    found = passed(error)
    assert isinstance(found.__cause__, KeyError) and found.response is None


def test_an_exception_can_be_given_what_another_has() -> None:
    error, other = refusal(), refusal()
    error.extra = 1  # type: ignore[attr-defined]
    other.response = {}  # type: ignore[assignment]
    other.args = ("new",)
    faults.update(error, other)
    assert (error.response, error.args, hasattr(error, "extra")) == ({}, ("new",), False)


@pytest.mark.parametrize("key", ["__class__", "__dict__", "_render_traceback_"])
def test_no_attribute_that_python_or_the_notebook_looks_for_is_set(key: str) -> None:
    packed = ["fault", [["builtins", "ValueError"]], [], [[key, "x"]], None]
    found = unpack(packed, nobody)
    assert type(found) is ValueError and key not in vars(found)


@pytest.mark.parametrize("kind", [["os", "system"], ["builtins", "eval"], ["course.cli", "main"]])
def test_nothing_but_exceptions_is_made(kind: list[str]) -> None:
    with pytest.raises(NotPlain):
        unpack(["fault", [kind], ["x"], [], None], nobody)
