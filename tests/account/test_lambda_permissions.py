"""Resource policies: of a function, and of its aliases and versions apart."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from course.account.functions.packages import package
from tests.account.apis import ECHO, Gateway, ask
from tests.account.behaviours import behaviour

LET_IN = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}


@pytest.fixture
def gateway(account: Account, session: boto3.Session) -> Gateway:
    return Gateway(account, session)


@pytest.fixture
def alias(gateway: Gateway) -> str:
    """The ARN of an alias that a deployed method calls, and that nobody is let into."""
    gateway.function("echo", ECHO)
    version = gateway.functions.publish_version(FunctionName="echo")["Version"]
    made = gateway.functions.create_alias(FunctionName="echo", Name="live", FunctionVersion=version)
    gateway.proxy("POST", "/a", made["AliasArn"])
    gateway.deploy()
    return str(made["AliasArn"])


def status(gateway: Gateway) -> int:
    return ask(f"{gateway.address()}/a").status_code


def statements(gateway: Gateway, **where: str) -> list[Any]:
    found = gateway.functions.get_policy(FunctionName="echo", **where)
    return list(json.loads(found["Policy"])["Statement"])


@behaviour("lambda.permissions_of_aliases")
def test_a_permission_of_the_function_does_not_hold_for_its_alias(
    gateway: Gateway, alias: str
) -> None:
    assert len(statements(gateway)) == 1
    assert status(gateway) == 500
    gateway.functions.add_permission(
        FunctionName="echo", Qualifier="live", StatementId="live", **LET_IN
    )
    assert status(gateway) == 200
    [statement] = statements(gateway, Qualifier="live")
    assert (statement["Resource"], statement["Sid"]) == (alias, "live")


@behaviour("lambda.permissions_of_aliases")
def test_a_permission_stays_with_the_alias_when_it_moves(gateway: Gateway, alias: str) -> None:
    gateway.functions.add_permission(FunctionName=alias, StatementId="live", **LET_IN)
    gateway.functions.update_function_code(
        FunctionName="echo", ZipFile=package(ECHO + "\n# another build\n")
    )
    version = gateway.functions.publish_version(FunctionName="echo")["Version"]
    gateway.functions.update_alias(FunctionName="echo", Name="live", FunctionVersion=version)
    assert status(gateway) == 200


@behaviour("lambda.permissions_of_aliases")
def test_a_permission_of_an_alias_is_removed(gateway: Gateway, alias: str) -> None:
    gateway.functions.add_permission(FunctionName=alias, StatementId="live", **LET_IN)
    gateway.functions.remove_permission(FunctionName="echo", Qualifier="live", StatementId="live")
    assert status(gateway) == 500
    assert len(statements(gateway)) == 1, "the function's own stays"
    with pytest.raises(ClientError, match="does not exist"):
        statements(gateway, Qualifier="live")


@behaviour("lambda.permission_errors")
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"StatementId": "api"}, "ResourceConflictException"),
        ({"StatementId": "new", "Qualifier": "none"}, "ResourceNotFoundException"),
        ({"StatementId": "new", "FunctionName": "none"}, "ResourceNotFoundException"),
        ({"StatementId": "new", "RevisionId": "1"}, "PreconditionFailedException"),
    ],
)
def test_a_permission_that_aws_refuses(
    gateway: Gateway, alias: str, more: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        gateway.functions.add_permission(**{"FunctionName": "echo", **LET_IN, **more})
    assert refused.value.response["Error"]["Code"] == code


@behaviour("lambda.permission_errors")
def test_a_statement_that_is_not_there_is_not_removed(gateway: Gateway, alias: str) -> None:
    with pytest.raises(ClientError) as refused:
        gateway.functions.remove_permission(FunctionName="echo", StatementId="none")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
