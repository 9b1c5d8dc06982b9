"""A stranger's requests are answered, but bring no code into this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from course import account
from course.account import strangers
from course.account.errors import NotSimulated
from course.telemetry.world import World

NOW = 1_790_000_000_000
CODE = account.package({"app.py": "def handler(event, context):\n    return event\n"})
FUNCTION: dict[str, Any] = {
    "FunctionName": "there",
    "Runtime": "python3.12",
    "Handler": "app.handler",
    "Role": "arn:aws:iam::123456789012:role/worker",
    "Code": {"ZipFile": CODE},
}
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": {"Service": "lambda.amazonaws.com"}}]}"""
STACK = '{"Resources": {"f": {"Type": "AWS::\\u004cambda::Function", "Properties": {}}}}'


@pytest.fixture
def functions() -> Iterator[Any]:
    lab = account.open(World("trial", NOW, NOW, [], []))
    boto3.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    client = boto3.client("lambda")
    client.create_function(**FUNCTION)
    yield client
    lab.close()


@pytest.mark.parametrize(
    ("service", "method", "asked"),
    [
        ("lambda", "create_function", {**FUNCTION, "FunctionName": "mine"}),
        ("lambda", "update_function_code", {"FunctionName": "there", "ZipFile": CODE}),
        ("lambda", "publish_layer_version", {"LayerName": "l", "Content": {"ZipFile": CODE}}),
        *(
            ("lambda", "update_function_configuration", {"FunctionName": "there", **change})
            for change in (
                {"Handler": "os.system"},
                {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]},
                {"Runtime": "python3.13"},
                {"ImageConfig": {"Command": ["app.other"]}},
            )
        ),
        ("cloudformation", "create_stack", {"StackName": "s", "TemplateBody": STACK}),
        ("cloudformation", "update_stack", {"StackName": "s", "TemplateBody": STACK}),
    ],
)
def test_a_stranger_brings_no_code(
    functions: Any, service: str, method: str, asked: dict[str, Any]
) -> None:
    before = functions.get_function(FunctionName="there")["Configuration"]
    with strangers.asking(), pytest.raises(NotSimulated, match="with code of an answer's own"):
        getattr(boto3.client(service), method)(**asked)
    assert functions.get_function(FunctionName="there")["Configuration"] == before
    assert [each["FunctionName"] for each in functions.list_functions()["Functions"]] == ["there"]


def test_a_stranger_may_change_settings_and_call_what_is_there(functions: Any) -> None:
    with strangers.asking():
        functions.update_function_configuration(FunctionName="there", MemorySize=512)
        answer = functions.invoke(FunctionName="there", Payload=b'{"a": 1}')
    assert answer["Payload"].read() == b'{"a": 1}'
    assert functions.get_function_configuration(FunctionName="there")["MemorySize"] == 512


def test_the_functions_of_a_world_are_there_for_a_stranger_too() -> None:
    """The account itself creates them when the first request comes."""
    cart = {"name": "cart", "runtime": "python3.13", "handler": "cart.handler"}
    listed = [{**cart, "memory": 256, "timeout": 5}]
    world = World("trial", NOW, NOW, [], [], resources={"lambda": listed})
    with account.fresh(world), strangers.asking():
        found = boto3.client("lambda").list_functions()["Functions"]
    assert [each["FunctionName"] for each in found] == ["cart"]


def test_everybody_else_brings_code_again_afterwards(functions: Any) -> None:
    with strangers.asking():
        pass
    functions.update_function_code(FunctionName="there", ZipFile=CODE)
