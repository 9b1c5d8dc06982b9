"""Requests against policies of every type: who refuses, and with which words."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.permissions import Decision, Policies, Policy, Request, decide, denial

ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/run-1"
OBJECT = "arn:aws:s3:::shop/orders/1"
CASES = tomllib.loads((Path(__file__).parent / "decisions.toml").read_text(encoding="utf-8"))
SINGLE = ("resource", "boundary", "endpoint")


def document(statements: list[list[str]]) -> dict[str, Any]:
    keys = ("Effect", "Action", "Resource", "Principal")
    listed: list[dict[str, Any]] = [dict(zip(keys, each, strict=False)) for each in statements]
    for statement in listed:
        if statement.get("Principal", "*") != "*":
            statement["Principal"] = {"AWS": statement["Principal"]}
    return {"Version": "2012-10-17", "Statement": listed}


def policies(case: dict[str, Any]) -> Policies:
    found: dict[str, Any] = {kind: document(case[kind]) for kind in SINGLE if kind in case}
    for kind in ("identity", "session", "rcps"):
        if kind in case:
            found[kind] = [document(case[kind])]
    found["scps"] = [[document(level)] for level in case.get("scps", ())]
    return Policies(**found)


def request(case: dict[str, Any]) -> Request:
    return Request(
        case.get("principal", SESSION),
        case.get("action", "s3:GetObject"),
        case.get("resource_arn", OBJECT),
        resource_account=case.get("owner"),
    )


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["name"])
def test_who_decides(case: dict[str, Any]) -> None:
    found = decide(request(case), policies(case))
    shown = "explicit" if found.explicit else "implicit"
    assert ("allow" if found.allowed else f"{found.kind} {shown}") == case["decision"]


def judged(condition: dict[str, Any], **context: Any) -> bool:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = {"Statement": [statement]}
    return decide(
        Request(SESSION, "s3:GetObject", OBJECT, context), Policies(identity=[policy])
    ).allowed


@pytest.mark.parametrize(
    ("condition", "context", "met"),
    [
        ({"StringEquals": {"s3:prefix": ["a", "b"]}}, {"s3:prefix": "b"}, True),
        ({"StringEquals": {"S3:Prefix": "a"}}, {"s3:prefix": "a"}, True),
        ({"StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, {}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3:prefix": "b"}, False),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": "a"}, True),
        ({"StringLike": {"k": "or?ers/*"}}, {"k": "orders/1"}, True),
        ({"StringNotLike": {"k": "or*"}}, {"k": "orders"}, False),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": True}}, {"k": "a"}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": False}, True),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"s3:max-keys": "9"}, True),
        ({"NumericNotEquals": {"s3:max-keys": "9"}}, {"s3:max-keys": 9}, False),
        ({"DateLessThan": {"t": "2026-01-01T00:00:00Z"}}, {"t": "2025-12-31T23:59:59Z"}, True),
        ({"DateGreaterThan": {"t": "2026-01-01T00:00:00Z"}}, {"t": "2025-12-31"}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws:SourceIp": "203.0.113.9"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "10.1.2.3"}, False),
        ({"ArnLike": {"k": "arn:aws:sns:*:*:t"}}, {"k": "arn:aws:sns:eu-west-1:1:t"}, True),
        ({"ArnLike": {"k": "arn:aws:*:t"}}, {"k": "arn:aws:sns:eu-west-1:1:t"}, False),
        ({"ForAnyValue:StringEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, True),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {"k": ["a", "b"]}, False),
        ({"ForAllValues:StringEquals": {"k": ["a"]}}, {}, True),
        ({"StringEquals": {"k": "a", "other": "b"}}, {"k": "a"}, False),
        ({"StringEquals": {"k": "${aws:PrincipalAccount}"}}, {"k": ACCOUNT}, True),
        ({"StringEquals": {"k": "${aws:username}"}}, {"k": "${aws:username}"}, False),
        ({"StringEquals": {"k": "${aws:username, 'nobody'}"}}, {"k": "nobody"}, True),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/worker"}}, {}, True),
    ],
)
def test_conditions(condition: dict[str, Any], context: dict[str, Any], met: bool) -> None:
    assert judged(condition, **context) is met


def test_a_variable_in_a_resource_is_the_users_own_name() -> None:
    policy = document([["Allow", "s3:*", "arn:aws:s3:::shop/${aws:username}/*"]])
    dana = f"arn:aws:iam::{ACCOUNT}:user/dana"
    own = Request(dana, "s3:GetObject", "arn:aws:s3:::shop/dana/1")
    other = Request(dana, "s3:GetObject", "arn:aws:s3:::shop/kim/1")
    assert decide(own, Policies(identity=[policy])).allowed
    assert not decide(other, Policies(identity=[policy])).allowed


def test_not_action_and_not_resource() -> None:
    statement = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::vault/*"}
    mine = Policies(identity=[{"Statement": statement}])
    assert decide(Request(SESSION, "s3:GetObject", OBJECT), mine).allowed
    assert not decide(Request(SESSION, "iam:GetRole", OBJECT), mine).allowed
    assert not decide(Request(SESSION, "s3:GetObject", "arn:aws:s3:::vault/1"), mine).allowed


def test_not_principal_spares_whom_it_names() -> None:
    spared = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/worker"}
    statement = {"Effect": "Deny", "NotPrincipal": spared, "Action": "*", "Resource": "*"}
    mine = Policies(identity=[document([["Allow", "*", "*"]])], resource={"Statement": statement})
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    assert decide(Request(SESSION, "s3:GetObject", OBJECT), mine).allowed
    assert decide(Request(other, "s3:GetObject", OBJECT), mine).kind == "resource"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"Statement": [{"Effect": "Allow"}]}', '{"Statement": ["Allow"]}']
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        decide(Request(SESSION, "s3:GetObject", OBJECT), Policies(identity=[text]))
    assert caught.value.code == "MalformedPolicyDocument"


def test_operators_that_are_not_compared_say_so() -> None:
    with pytest.raises(NotSupported, match="BinaryEquals"):
        judged({"BinaryEquals": {"k": "QQ=="}}, k="A")
    with pytest.raises(RuleError, match="Invalid Condition type : StringEqual"):
        judged({"StringEqual": {"k": "a"}}, k="a")


WORDS = [
    ("s3:GetObject", OBJECT, Decision(False, "identity"),
     f'on resource: "{OBJECT}" because no identity-based policy allows the s3:GetObject action'),
    ("s3:GetObject", OBJECT, Decision(False, "identity", True),
     f'on resource: "{OBJECT}" with an explicit deny in an identity-based policy'),
    ("dynamodb:PutItem", "arn:t", Decision(False, "boundary"),
     "on resource: arn:t because no permissions boundary allows the dynamodb:PutItem action"),
    ("dynamodb:PutItem", "arn:t", Decision(False, "scp", True, "Guard", "arn:policy"),
     "on resource: arn:t with an explicit deny in a service control policy: arn:policy"),
    ("dynamodb:PutItem", "arn:t", Decision(False, "rcp", True),
     "on resource: arn:t with an explicit deny in a resource control policy"),
    ("sqs:SendMessage", "arn:q", Decision(False, "endpoint"),
     "on resource: arn:q because no VPC endpoint policy allows the sqs:sendmessage action"),
    ("sns:Publish", "arn:n", Decision(False, "session"),
     "on resource: arn:n because no session policy allows the SNS:Publish action"),
    ("sts:AssumeRole", "arn:r", Decision(False, "trust", True),
     "on resource: arn:r with an explicit deny in the role trust policy"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "decision", "words"), WORDS)
def test_awss_words(action: str, resource: str, decision: Decision, words: str) -> None:
    assert denial(Request(SESSION, action, resource), decision).endswith(words)


def test_the_statement_that_denies_is_named() -> None:
    arn = "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-1"
    statement = {"Sid": "Guard", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    found = decide(
        Request(SESSION, "s3:GetObject", OBJECT),
        Policies(scps=[[Policy({"Statement": [statement]}, arn)]]),
    )
    assert (found.sid, found.policy_arn) == ("Guard", arn)
    assert denial(Request(SESSION, "s3:GetObject", OBJECT), found).endswith(f"policy: {arn}")


def test_s3_tells_another_account_nothing() -> None:
    asked = Request(SESSION, "s3:GetObject", OBJECT, resource_account="210987654321")
    assert denial(asked, decide(asked, Policies())) == "Access Denied"


def test_what_is_allowed_has_no_denial() -> None:
    with pytest.raises(ValueError, match="allowed"):
        denial(Request(SESSION, "s3:GetObject", OBJECT), Decision(True))


STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["*", "s3:*", "s3:GetObject", "s3:PutObject", "dynamodb:*"]),
        st.sampled_from(["*", OBJECT, "arn:aws:s3:::shop/*", "arn:aws:s3:::other/*"]),
    ).map(list),
    max_size=3,
)


def drawn(kinds: dict[str, Any]) -> Policies:
    return policies({kind: statements for kind, statements in kinds.items() if statements})


@settings(max_examples=60, deadline=None)
@given(identity=STATEMENTS, boundary=STATEMENTS, session=STATEMENTS)
def test_a_deny_added_anywhere_refuses(
    identity: list[Any], boundary: list[Any], session: list[Any]
) -> None:
    asked = Request(SESSION, "s3:GetObject", OBJECT)
    kinds = {"identity": identity, "boundary": boundary, "session": session}
    for kind in kinds:
        with_deny = {**kinds, kind: [*kinds[kind], ["Deny", "s3:Get*", "*"]]}
        assert decide(asked, drawn(with_deny)).explicit


@settings(max_examples=60, deadline=None)
@given(identity=STATEMENTS, boundary=STATEMENTS)
def test_a_boundary_never_gives_anything(identity: list[Any], boundary: list[Any]) -> None:
    asked = Request(SESSION, "s3:GetObject", OBJECT)
    limited = decide(asked, drawn({"identity": identity, "boundary": boundary}))
    assert not limited.allowed or decide(asked, drawn({"identity": identity})).allowed
