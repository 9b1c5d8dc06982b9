"""Invoking functions: the code really runs, and its responses, logs and metrics are Lambda's."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from typing import Any

import boto3
import pytest
import requests  # noqa: F401  - installed here, and still missing on Lambda
from botocore.exceptions import ClientError

import course.account
from course.account import Account, NotSimulated, package, work
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

ECHO = "def lambda_handler(event, context):\n    return event\n"


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@behaviour("lambda.code_runs")
def test_a_handler_runs_and_its_answer_comes_back(lambdas: Lambdas) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return {'sum': sum(event)}\n")
    answer = lambdas.client.invoke(FunctionName="f", Payload=b"[1, 2, 3]")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert json.load(answer["Payload"]) == {"sum": 6}


@behaviour("lambda.unknown_function")
def test_what_does_not_exist_is_not_found(lambdas: Lambdas) -> None:
    lambdas.make(ECHO)
    for name, options in (("nope", {}), ("f", {"Qualifier": "live"}), ("f", {"Qualifier": "7"})):
        with pytest.raises(ClientError, match="Function not found: arn:aws:lambda") as error:
            lambdas.client.invoke(FunctionName=name, **options)
        assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    "name",
    [
        "f",
        "f:$LATEST",
        "123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
    ],
)
def test_a_function_has_four_forms_of_name(lambdas: Lambdas, name: str) -> None:
    lambdas.make(ECHO)
    assert lambdas.call("hello", name) == "hello"


def test_a_function_of_another_region_is_not_reachable(lambdas: Lambdas) -> None:
    with pytest.raises(ClientError, match="not reachable in this region"):
        lambdas.call(None, "arn:aws:lambda:eu-west-1:123456789012:function:f")


def test_a_qualifier_given_twice_must_agree(lambdas: Lambdas) -> None:
    lambdas.make(ECHO)
    with pytest.raises(ClientError, match="does not match the specified qualifier"):
        lambdas.call(None, "f:1", Qualifier="2")


@behaviour("lambda.payload_checks")
def test_a_payload_that_is_no_json_is_refused(lambdas: Lambdas) -> None:
    lambdas.make(ECHO)
    with pytest.raises(ClientError, match="Could not parse request body into json") as error:
        lambdas.client.invoke(FunctionName="f", Payload=b"{nope")
    assert error.value.response["Error"]["Code"] == "InvalidRequestContentException"


@behaviour("lambda.payload_checks")
def test_payloads_have_a_largest_size(lambdas: Lambdas) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return 'x' * event\n")
    with pytest.raises(ClientError) as error:
        lambdas.client.invoke(FunctionName="f", Payload=b'"' + b"x" * 6_300_000 + b'"')
    assert error.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    kind, document = lambdas.failure(6_300_000)
    assert kind == "Unhandled"
    assert document["errorType"] == "Function.ResponseSizeTooLarge"


@behaviour("lambda.dry_run")
def test_a_dry_run_runs_nothing(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(ECHO)
    answer = lambdas.client.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer["StatusCode"] == answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    account.advance(seconds=5)
    assert lambdas.total("Invocations") == 0


# -- errors ------------------------------------------------------------------------------------


@behaviour("lambda.errors_are_unhandled")
def test_an_exception_is_an_unhandled_error_with_its_trace(lambdas: Lambdas) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return event['size']\n")
    kind, document = lambdas.failure({})
    assert kind == "Unhandled"
    assert document["errorType"] == "KeyError"
    assert document["errorMessage"] == "'size'"
    assert document["stackTrace"] == [
        '  File "/var/task/lambda_function.py", line 2, in lambda_handler\n'
        "    return event['size']\n"
    ]
    shown = next(text for text in lambdas.log() if text.startswith("[ERROR]"))
    assert shown.splitlines()[:2] == [
        "[ERROR] KeyError: 'size'",
        "Traceback (most recent call last):",
    ]
    assert shown.splitlines()[2].startswith("\u00a0\u00a0File")


def test_frames_of_libraries_lie_where_they_lie_on_lambda(lambdas: Lambdas) -> None:
    lambdas.make(
        "import boto3\n"
        "def lambda_handler(event, context):\n"
        "    boto3.client('sqs').get_queue_url(QueueName='nope')\n"
    )
    _, document = lambdas.failure()
    assert document["errorType"] == "QueueDoesNotExist"
    files = re.findall(r'File "([^"]+)"', "".join(document["stackTrace"]))
    assert files[0] == "/var/task/lambda_function.py"
    assert set(files[1:]) == {"/var/runtime/botocore/client.py", "/var/runtime/botocore/context.py"}


@behaviour("lambda.timeout")
def test_a_timeout_ends_the_invocation_at_its_limit(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(
        "import time\ndef lambda_handler(event, context):\n    time.sleep(10)\n", Timeout=3
    )
    before, real = account.now, time.perf_counter()
    kind, document = lambdas.failure()
    assert time.perf_counter() - real < 3
    assert kind == "Unhandled"
    assert document["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(
        r"RequestId: \S+ Error: Task timed out after 3.00 seconds", document["errorMessage"]
    )
    assert 3.0 < (account.now - before).total_seconds() < 3.5
    log = lambdas.log()
    assert any(re.search(r"Z \S+ Task timed out after 3.00 seconds\n\n$", text) for text in log)
    assert "Duration: 3000.00 ms" in log[-1]
    assert "Status: timeout" in log[-1]
    assert lambdas.total("Errors") == 1


def test_catching_everything_does_not_hold_a_timeout_up(lambdas: Lambdas) -> None:
    lambdas.make(
        "import time\n"
        "def lambda_handler(event, context):\n"
        "    try:\n        time.sleep(10)\n    except BaseException:\n        return 'saved'\n",
        Timeout=3,
    )
    assert lambdas.failure()[1]["errorType"] == "Sandbox.Timedout"


@behaviour("lambda.out_of_memory")
def test_too_much_memory_kills_the_process(lambdas: Lambdas) -> None:
    lambdas.make(
        "from course.account import work\n"
        "def lambda_handler(event, context):\n    work(cpu_ms=100, memory_mb=event)\n",
        MemorySize=256,
    )
    assert lambdas.call(100) is None
    kind, document = lambdas.failure(300)
    assert kind == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert document["errorMessage"].endswith("Runtime exited with error: signal: killed")
    log = lambdas.log()
    assert log[-3].endswith("signal: killed\nRuntime.ExitError\n")
    assert "Max Memory Used: 256 MB" in log[-1]
    assert "Status: error\tError Type: Runtime.OutOfMemory" in log[-1]


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        (
            "import requests\n",
            "lambda_function.lambda_handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'lambda_function': No module named 'requests'",
        ),
        (
            "x = 1\n",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'app'",
        ),
        (
            "x = 1\n",
            "lambda_function.main",
            "Runtime.HandlerNotFound",
            "Handler 'main' missing on module 'lambda_function'",
        ),
        (
            "def lambda_handler(event, context:\n",
            "lambda_function.lambda_handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'lambda_function': ",
        ),
        ("x = 1\n", "nothing", "Runtime.MalformedHandlerName", "Bad handler 'nothing': "),
        ("1 / 0\n", "lambda_function.lambda_handler", "ZeroDivisionError", "division by zero"),
    ],
)
@behaviour("lambda.code_that_cannot_be_loaded")
def test_code_that_cannot_be_loaded(
    lambdas: Lambdas, source: str, handler: str, kind: str, message: str
) -> None:
    lambdas.make(source, Handler=handler)
    error, document = lambdas.failure()
    assert error == "Unhandled"
    assert document["errorType"] == kind
    assert document["errorMessage"].startswith(message)
    assert document["requestId"] == ""
    log = lambdas.log()
    assert log[0].startswith("INIT_START")
    reports = [text for text in log if text.startswith("INIT_REPORT")]
    assert [re.search(r"Phase: (\w+)", text)[1] for text in reports] == ["init", "invoke"]  # type: ignore[index]
    assert all(f"Status: error\tError Type: {kind}" in text for text in reports)


@behaviour("lambda.marshalling")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("set()", "Object of type set is not JSON serializable"),
        ("datetime.now()", "Object of type datetime is not JSON serializable"),
        ("cycle", "Circular reference detected"),
    ],
)
def test_answers_that_are_no_json(lambdas: Lambdas, value: str, message: str) -> None:
    lambdas.make(
        "from datetime import datetime\ncycle = []\ncycle.append(cycle)\n"
        f"def lambda_handler(event, context):\n    return {value}\n"
    )
    kind, document = lambdas.failure()
    assert kind == "Unhandled"
    assert document["errorType"] == "Runtime.MarshalError"
    assert document["errorMessage"] == f"Unable to marshal response: {message}"
    assert document["stackTrace"] == []


def test_decimals_become_numbers(lambdas: Lambdas) -> None:
    lambdas.make(
        "from decimal import Decimal\n"
        "def lambda_handler(event, context):\n    return {'price': Decimal('9.5')}\n"
    )
    assert lambdas.call() == {"price": 9.5}


# -- what the code finds -----------------------------------------------------------------------


@behaviour("lambda.context")
def test_the_context_is_complete(lambdas: Lambdas) -> None:
    lambdas.make(
        "import time\n"
        "def lambda_handler(event, context):\n"
        "    before = context.get_remaining_time_in_millis()\n"
        "    time.sleep(1.5)\n"
        "    shown = ('function_name', 'function_version', 'invoked_function_arn',\n"
        "        'memory_limit_in_mb', 'aws_request_id', 'log_group_name', 'log_stream_name',\n"
        "        'client_context')\n"
        "    found = {name: getattr(context, name) for name in shown}\n"
        "    return {**found, 'took': before - context.get_remaining_time_in_millis(),\n"
        "        'identity': context.identity.cognito_identity_id}\n",
        Timeout=10,
    )
    found = lambdas.call()
    stream = found.pop("log_stream_name")
    assert re.fullmatch(r"2026/03/17/\[\$LATEST\][0-9a-f]{32}", stream)
    assert len(found.pop("aws_request_id")) == 36
    assert found == {
        "function_name": "f",
        "function_version": "$LATEST",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/f",
        "client_context": None,
        "took": 1500,
        "identity": None,
    }


@behaviour("lambda.environment_variables")
def test_environment_variables_exist_while_the_code_runs(lambdas: Lambdas) -> None:
    lambdas.make(
        "import os\n"
        "AT_INIT = os.environ['TABLE']\n"
        "def lambda_handler(event, context):\n"
        "    os.environ['LEFT'] = 'behind'\n"
        "    return [AT_INIT, os.getenv('TABLE'), os.environ['AWS_LAMBDA_FUNCTION_NAME'],\n"
        "        os.environ['AWS_REGION'], os.environ['_HANDLER']]\n",
        Environment={"Variables": {"TABLE": "orders"}},
    )
    before = dict(os.environ)
    assert lambdas.call() == [
        "orders",
        "orders",
        "f",
        "us-east-1",
        "lambda_function.lambda_handler",
    ]
    assert dict(os.environ) == before
    assert "TABLE" not in os.environ


@behaviour("lambda.package_is_isolated")
def test_a_packages_modules_are_seen_by_itself_alone(lambdas: Lambdas) -> None:
    for name in ("a", "b"):
        lambdas.make(
            {
                "lambda_function.py": "import helper\nfrom lib.deep import NAME\n"
                "def lambda_handler(event, context):\n    return [helper.WHO, NAME]\n",
                "helper.py": f"WHO = {name!r}\n",
                "lib/deep.py": "NAME = __name__\n",
            },
            name,
        )
    path = list(sys.path)
    assert [lambdas.call(name=name) for name in ("a", "b", "a")] == [
        ["a", "lib.deep"],
        ["b", "lib.deep"],
        ["a", "lib.deep"],
    ]
    assert sys.path == path
    assert not {"helper", "lib", "lib.deep", "lambda_function"} & set(sys.modules)


@behaviour("lambda.package_is_isolated")
def test_a_package_reads_its_own_files_and_writes_only_to_tmp(lambdas: Lambdas) -> None:
    lambdas.make(
        {
            "lambda_function.py": "def lambda_handler(event, context):\n"
            "    if event:\n        open(event, 'w')\n"
            "    return open('rates.txt').read()\n",
            "rates.txt": "1.25",
        }
    )
    assert lambdas.call() == "1.25"
    _, document = lambdas.failure("/var/task/rates.txt")
    assert document["errorType"] == "OSError"
    assert document["errorMessage"] == "[Errno 30] Read-only file system: '/var/task/rates.txt'"


def test_dataclasses_with_deferred_annotations_work_in_a_handler(lambdas: Lambdas) -> None:
    lambdas.make(
        "from __future__ import annotations\n"
        "from dataclasses import asdict, dataclass\n"
        "@dataclass\nclass Order:\n    id: str\n    items: list[str]\n"
        "def lambda_handler(event, context):\n    return asdict(Order('1', ['tea']))\n"
    )
    assert lambdas.call() == {"id": "1", "items": ["tea"]}


def test_layers_are_importable(lambdas: Lambdas) -> None:
    layer = lambdas.client.publish_layer_version(
        LayerName="shared", Content={"ZipFile": package({"python/shared.py": "RATE = 7\n"})}
    )
    lambdas.make(
        "import shared\ndef lambda_handler(event, context):\n    return shared.RATE\n",
        Layers=[layer["LayerVersionArn"]],
    )
    assert lambdas.call() == 7


@behaviour("lambda.calls_as_its_role")
def test_a_handlers_calls_reach_the_account_as_its_role(
    lambdas: Lambdas, account: Account, session: boto3.Session
) -> None:
    lambdas.make(
        "import boto3\n"
        "table = boto3.client('dynamodb')\n"
        "def lambda_handler(event, context):\n"
        "    table.put_item(TableName='orders', Item={'orderId': {'S': event}})\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    arn = lambdas.call("o-1")
    found = session.client("dynamodb").get_item(TableName="orders", Key={"orderId": {"S": "o-1"}})
    assert found["Item"] == {"orderId": {"S": "o-1"}}
    assert arn == "arn:aws:sts::123456789012:assumed-role/worker/f"
    assert "dynamodb:PutItem" in [
        f"{call['service']}:{call['operation']}" for call in account.calls()
    ]


@behaviour("lambda.calls_take_time")
def test_calls_of_a_handler_take_virtual_time(lambdas: Lambdas) -> None:
    lambdas.make(
        "import boto3, time\n"
        "table = boto3.client('dynamodb')\n"
        "def lambda_handler(event, context):\n"
        "    start = time.time()\n"
        "    for _ in range(20):\n"
        "        table.get_item(TableName='orders', Key={'orderId': {'S': 'x'}})\n"
        "    return (time.time() - start) * 1000\n"
    )
    assert 60 < lambdas.call() < 140


# -- logs --------------------------------------------------------------------------------------


@behaviour("lambda.report_lines")
def test_the_log_tells_of_start_end_and_report(lambdas: Lambdas) -> None:
    lambdas.make(
        "import logging\n"
        "def lambda_handler(event, context):\n"
        "    print('plain')\n"
        "    logging.getLogger().warning('careful')\n"
        "    logging.getLogger().info('not shown')\n"
    )
    lambdas.call()
    lambdas.call()
    cold, warm = lambdas.log()[:6], lambdas.log()[6:]
    assert cold[0].startswith("INIT_START Runtime Version: python:3.13")
    request = re.fullmatch(r"START RequestId: (\S+) Version: \$LATEST\n", cold[1])[1]  # type: ignore[index]
    assert cold[2] == "plain\n"
    assert re.fullmatch(rf"\[WARNING\]\t2026-\S+Z\t{request}\tcareful\n", cold[3])
    assert cold[4] == f"END RequestId: {request}\n"
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t\n",
        cold[5],
    )
    assert warm[0].startswith("START")
    assert "Init Duration" not in warm[-1]


@behaviour("lambda.json_logs")
def test_json_logs_are_platform_records_and_objects(lambdas: Lambdas) -> None:
    lambdas.make(
        "import logging\n"
        "log = logging.getLogger('shop')\n"
        "def lambda_handler(event, context):\n"
        "    log.info('paid', extra={'order': 7})\n"
        "    log.debug('not at INFO')\n",
        LoggingConfig={"LogFormat": "JSON"},
    )
    lambdas.call()
    records = [json.loads(text) for text in lambdas.log()]
    assert [each.get("type", "line") for each in records] == [
        "platform.initStart",
        "platform.start",
        "line",
        "platform.report",
    ]
    line = records[2]
    assert (line["level"], line["message"], line["logger"], line["order"]) == (
        "INFO",
        "paid",
        "shop",
        7,
    )
    assert line["requestId"] == records[1]["record"]["requestId"]
    assert records[3]["record"]["status"] == "success"


@behaviour("lambda.json_logs")
def test_log_levels_decide_what_is_written(lambdas: Lambdas) -> None:
    lambdas.make(
        "import logging\n"
        "def lambda_handler(event, context):\n"
        "    logging.getLogger().warning('quiet')\n    logging.getLogger().error('loud')\n",
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "ERROR",
            "SystemLogLevel": "DEBUG",
        },
    )
    lambdas.call()
    records = [json.loads(text) for text in lambdas.log()]
    assert [each["message"] for each in records if "message" in each] == ["loud"]
    assert "platform.runtimeDone" in [each.get("type") for each in records]


def test_another_log_group_can_be_set(lambdas: Lambdas, clients: dict[str, Any]) -> None:
    lambdas.make(ECHO, LoggingConfig={"LogGroup": "/shop/functions"})
    lambdas.call()
    found = clients["logs"].filter_log_events(logGroupName="/shop/functions")["events"]
    assert found[0]["message"].startswith("INIT_START")


@behaviour("lambda.log_tail")
def test_the_log_tail_is_the_last_four_kilobytes(lambdas: Lambdas) -> None:
    lambdas.make("def lambda_handler(event, context):\n    print('x' * event)\n")
    short, long = lambdas.tail(10), lambdas.tail(10_000)
    assert short.startswith("INIT_START")
    assert "REPORT RequestId" in short
    assert len(long.encode()) == 4096


def test_logging_of_the_process_is_left_alone(lambdas: Lambdas) -> None:
    import logging

    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    lambdas.make(
        "import logging\n"
        "logging.getLogger().setLevel('DEBUG')\n"
        "def lambda_handler(event, context):\n    logging.debug('seen')\n"
    )
    lambdas.call()
    lambdas.call()
    assert (root.handlers, root.level) == before
    assert sum("seen" in text for text in lambdas.log()) == 2


# -- metrics -----------------------------------------------------------------------------------


@behaviour("lambda.metrics")
def test_metrics_count_successes_and_failures(lambdas: Lambdas) -> None:
    lambdas.make("def lambda_handler(event, context):\n    return 1 / event\n")
    for event in (1, 0, 2, 0):
        lambdas.call(event)
    assert lambdas.total("Invocations") == 4
    assert lambdas.total("Errors") == 2
    assert lambdas.total("Throttles", statistic="SampleCount") == 4
    assert lambdas.total("Duration", statistic="SampleCount") == 4
    assert lambdas.total("Invocations", name=None) == 4
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 1


@behaviour("lambda.metrics")
def test_metrics_exist_by_alias_and_version(lambdas: Lambdas, clients: dict[str, Any]) -> None:
    lambdas.make(ECHO)
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    lambdas.call(name="f:live")
    listed = clients["cloudwatch"].list_metrics(Namespace="AWS/Lambda", MetricName="Invocations")
    found = {
        tuple(sorted((d["Name"], d["Value"]) for d in metric["Dimensions"]))
        for metric in listed["Metrics"]
    }
    assert found == {
        (),
        (("FunctionName", "f"),),
        (("FunctionName", "f"), ("Resource", "f:live")),
        (("ExecutedVersion", "1"), ("FunctionName", "f"), ("Resource", "f:live")),
    }


# -- work --------------------------------------------------------------------------------------


def duration(log: list[str]) -> float:
    return float(re.search(r"\tDuration: ([\d.]+) ms", log[-1])[1])  # type: ignore[index]


@behaviour("lambda.cpu_follows_memory")
def test_cpu_time_follows_memory_and_waiting_does_not(lambdas: Lambdas) -> None:
    lambdas.make(
        "from course.account import work\ndef lambda_handler(event, context):\n    work(**event)\n",
        Timeout=60,
    )
    took: dict[tuple[str, int], float] = {}
    for memory in (128, 1769, 3538):
        lambdas.client.update_function_configuration(FunctionName="f", MemorySize=memory)
        for what in ("cpu_ms", "io_ms"):
            lambdas.call({what: 1000})
            took[what, memory] = duration(lambdas.log())
    assert took["cpu_ms", 128] == pytest.approx(1000 * 1769 / 128, rel=0.01)
    assert took["cpu_ms", 1769] == pytest.approx(1000, rel=0.01)
    assert took["cpu_ms", 3538] == pytest.approx(1000, rel=0.01)
    assert {round(took["io_ms", memory], -1) for memory in (128, 1769, 3538)} == {1000}


def test_work_outside_of_a_function_does_nothing(account: Account) -> None:
    before = account.now
    work(cpu_ms=1000, memory_mb=1_000_000)
    assert account.now == before
    with pytest.raises(ValueError, match="zero or more"):
        work(cpu_ms=-1)


@behaviour("lambda.synchronous_call_takes_time")
def test_a_synchronous_call_takes_its_time_on_the_clock(lambdas: Lambdas, account: Account) -> None:
    lambdas.make("import time\ndef lambda_handler(event, context):\n    time.sleep(2)\n", Timeout=5)
    before = account.now
    lambdas.call()
    assert 2.0 < (account.now - before).total_seconds() < 2.5
    assert lambdas.total("Invocations") == 1


def test_a_client_gives_up_before_a_slow_function(
    account: Account, session: boto3.Session, clients: dict[str, Any]
) -> None:
    from botocore.config import Config
    from botocore.exceptions import ReadTimeoutError

    lambdas = Lambdas(session, clients)
    lambdas.make("import time\ndef lambda_handler(e, c):\n    time.sleep(9)\n", Timeout=10)
    hasty = session.client(
        "lambda", config=Config(read_timeout=5, retries={"total_max_attempts": 2})
    )
    before = account.now
    with pytest.raises(ReadTimeoutError):
        hasty.invoke(FunctionName="f")
    assert (account.now - before).total_seconds() >= 10
    account.advance(minutes=1)
    assert lambdas.total("Invocations") == 2


# -- functions that cannot run here --------------------------------------------------------------


@behaviour("lambda.placeholder_refused")
def test_a_function_of_the_world_is_refused_until_it_has_code(lambdas: Lambdas) -> None:
    with pytest.raises(NotSimulated, match="update_function_code"):
        lambdas.call(name="cart")
    lambdas.client.update_function_code(
        FunctionName="cart", ZipFile=package({"cart.py": "def handler(e, c):\n    return 'ran'\n"})
    )
    lambdas.client.delete_function_concurrency(FunctionName="cart")
    assert lambdas.call(name="cart") == "ran"


@behaviour("lambda.other_runtimes_refused")
def test_other_languages_are_refused(lambdas: Lambdas) -> None:
    lambdas.make(ECHO, Runtime="nodejs22.x")
    with pytest.raises(NotSimulated, match="lambda:Invoke with nodejs22.x.*Python"):
        lambdas.call()


@behaviour("lambda.response_streaming_refused")
def test_response_streaming_is_refused(lambdas: Lambdas) -> None:
    lambdas.make(ECHO)
    with pytest.raises(NotSimulated, match="Use invoke"):
        lambdas.client.invoke_with_response_stream(FunctionName="f")


def test_runs_repeat_to_the_byte(session: boto3.Session, clients: dict[str, Any]) -> None:
    from tests.account.conftest import WORLD

    logs = []
    for _ in range(2):
        with course.account.open(WORLD):
            lambdas = Lambdas(session, clients)
            lambdas.make(
                "from course.account import work\n"
                "def lambda_handler(e, c):\n    work(cpu_ms=10, io_ms=5, spread=0.3)\n",
                TracingConfig={"Mode": "Active"},
            )
            for _ in range(10):
                lambdas.call()
            logs.append(lambdas.log())
    assert logs[0] == logs[1]
