"""Every part of moto and botocore that the account replaces or reaches into, by name.

When an upgrade moves one of them, the test with its name fails here, before anything else does.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from course.account import gateway, moto_fixes

# module, attribute path, parameters that we rely on
REPLACED: list[tuple[str, str, tuple[str, ...]]] = [
    ("moto.core.botocore_stubber", "BotocoreStubber.__call__", ("self", "event_name", "request")),
    ("moto.core.botocore_stubber", "MockRawResponse.__init__", ("self", "response_input")),
    ("moto.core.request", "normalize_request", ("request",)),
    ("moto.core.responses", "BaseResponse.setup_class", ("self", "request")),
    ("moto.core.responses", "BaseResponse._get_action", ("self",)),
    ("moto.core.responses", "BaseResponse.serialized", ("self", "action_result")),
    ("moto.core.responses", "ActionResult.__init__", ("self", "result")),
    ("moto.core.responses", "method_names_from_class", ("clazz",)),
    ("moto.core.routing", "get_service_router", ("service_name",)),
    ("moto.core.utils", "get_service_model", ("service_name",)),
    ("moto.core.utils", "get_equivalent_url_in_aws_domain", ("url",)),
    (
        "moto.sqs.models",
        "SQSBackend.receive_message",
        ("self", "queue_name", "count", "wait_seconds_timeout", "visibility_timeout"),
    ),
    ("moto.sqs.models", "unix_time_millis", ("dt",)),
    (
        "moto.kinesis.models",
        "Stream.put_record",
        ("self", "partition_key", "explicit_hash_key", "data"),
    ),
    ("moto.dynamodb.models.table", "StreamShard.add", ("self", "old", "new")),
    (
        "moto.sns.models",
        "SNSBackend.subscribe",
        ("self", "topic_arn", "endpoint", "protocol"),
    ),
    ("moto.sns.models", "Subscription.publish", ("self", "message", "message_id")),
    ("moto.sns.models", "Subscription._parse_message_structure", ("self", "message", "protocol")),
    (
        "moto.stepfunctions.parser.models",
        "StepFunctionsParserBackend.start_execution",
        ("self", "state_machine_arn", "name", "execution_input"),
    ),
    ("moto.stepfunctions.parser.backend.execution_worker", "ExecutionWorker.start", ("self",)),
    (
        "moto.stepfunctions.parser.backend.execution_worker",
        "ExecutionWorker.stop",
        ("self", "stop_date", "error", "cause"),
    ),
    (
        "moto.stepfunctions.parser.backend.execution_worker",
        "ExecutionWorker._execution_logic",
        ("self",),
    ),
    (
        "moto.stepfunctions.parser.backend.execution",
        "Execution.to_history_output",
        ("self",),
    ),
    (
        "moto.stepfunctions.parser.backend.execution",
        "BaseExecutionWorkerCommunication.terminated",
        ("self",),
    ),
    (
        "moto.stepfunctions.parser.asl.component.program.program",
        "Program.eval",
        ("self", "env"),
    ),
    (
        "moto.stepfunctions.parser.asl.component.program.program",
        "Program._eval_body",
        ("self", "env"),
    ),
    (
        "moto.stepfunctions.parser.asl.component.program.program",
        "Program._get_state",
        ("self", "state_name"),
    ),
    (
        "moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function",
        "WaitFunction._wait_interval",
        ("self", "env", "wait_seconds"),
    ),
    ("moto.sns.models", "SNSBackend.list_subscriptions", ("self", "next_token")),
    ("moto.sns.models", "SNSBackend.list_subscriptions_by_topic", ("self", "topic_arn")),
    ("moto.sns.models", "SNSBackend._get_topic_subscriptions", ("self", "topic")),
    ("moto.sns.responses", "SNSResponse.subscribe", ("self",)),
    ("moto.sns.responses", "SNSResponse.get_topic_attributes", ("self",)),
    ("moto.sns.responses", "SNSResponse.confirm_subscription", ("self",)),
    (
        "moto.sts.models",
        "STSBackend.get_caller_identity",
        ("self", "access_key_id", "region"),
    ),
    (
        "moto.sts.models",
        "STSBackend.get_assumed_role_from_access_key",
        ("self", "access_key_id"),
    ),
    (
        "moto.iam.models",
        "IAMBackend.get_user_from_access_key_id",
        ("self", "access_key_id"),
    ),
    ("moto.s3.models", "S3Backend.reset", ("self",)),
    ("moto.awslambda.models", "LambdaFunction.__init__", ("self", "account_id", "spec", "region")),
    ("moto.awslambda.models", "LambdaFunction._invoke_lambda", ("self", "event")),
    ("moto.awslambda.models", "LambdaFunction.get_configuration", ("self", "on_create")),
    ("moto.awslambda.models", "LambdaFunction.update_configuration", ("self", "config_updates")),
    ("moto.awslambda.models", "LambdaFunction.update_function_code", ("self", "updated_spec")),
    ("moto.awslambda.models", "LambdaFunction.set_version", ("self", "version")),
    (
        "moto.awslambda.models",
        "LambdaBackend.layers_versions_by_arn",
        ("self", "layer_version_arn"),
    ),
    (
        "moto.awslambda.models",
        "LambdaStorage.publish_version",
        ("self", "name_or_arn", "description"),
    ),
    ("moto.awslambda.models", "LambdaStorage._get_version", ("self", "name", "version")),
    ("moto.apigateway.models", "RestAPI.update_integration_mocks", ("self", "stage_name")),
    (
        "moto.apigateway.models",
        "RestAPI.create_deployment",
        ("self", "name", "description", "stage_variables"),
    ),
    (
        "moto.apigateway.models",
        "APIGatewayBackend.put_method",
        ("self", "function_id", "resource_id", "method_type", "authorization_type"),
    ),
    (
        "moto.apigateway.models",
        "APIGatewayBackend.update_stage",
        ("self", "function_id", "stage_name", "patch_operations"),
    ),
    ("moto.apigateway.models", "Stage.apply_operations", ("self", "patch_operations")),
    ("moto.apigateway.models", "Stage.to_json", ("self",)),
    ("moto.apigateway.models", "UsagePlan.apply_patch_operations", ("self", "patch_operations")),
    ("moto.apigateway.responses", "APIGatewayResponse.create_deployment", ("self",)),
    ("moto.apigateway.responses", "APIGatewayResponse.create_stage", ("self",)),
    ("moto.apigateway.responses", "APIGatewayResponse.put_integration", ("self",)),
    ("moto.apigateway.responses", "APIGatewayResponse.create_authorizer", ("self",)),
    (
        "moto.apigatewayv2.models",
        "ApiGatewayV2Backend.create_api",
        ("self", "api_key_selection_expression", "cors_configuration"),
    ),
    ("botocore.endpoint", "Endpoint._send", ("self", "request")),
    ("botocore.httpsession", "URLLib3Session._get_request_timeout", ("self", "request")),
    ("botocore.signers", "RequestSigner.sign", ("self", "operation_name", "request")),
    ("botocore.auth", "SigV4Auth.add_auth", ("self", "request")),
    ("botocore.auth", "SigV4Auth._modify_request_before_signing", ("self", "request")),
    ("botocore.auth", "SigV4Auth._inject_signature_to_request", ("self", "request", "signature")),
]
# Where the account keeps the originals of what it replaces when it is imported.
SAVED = {
    "botocore.endpoint.Endpoint._send": gateway.botocore_send,
    "moto.core.botocore_stubber.BotocoreStubber.__call__": gateway.moto_call,
    "botocore.signers.RequestSigner.sign": gateway.botocore_sign,
    "botocore.auth.SigV4Auth.add_auth": gateway.botocore_add_auth,
}


def resolve(module: str, path: str) -> Any:
    """The original, also where this process has replaced it already."""
    saved = {**SAVED, **moto_fixes.originals}.get(f"{module}.{path}")
    if saved is not None:
        return saved
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(
    ("module", "path", "parameters"), REPLACED, ids=[f"{m}.{p}" for m, p, _ in REPLACED]
)
def test_hook_is_where_it_was(module: str, path: str, parameters: tuple[str, ...]) -> None:
    hook = resolve(module, path)
    assert hook.__module__ == module or hook.__module__.startswith("moto.core")
    assert tuple(inspect.signature(hook).parameters)[: len(parameters)] == parameters


@pytest.mark.parametrize("service", sorted(moto_fixes.FIXES))
def test_every_fix_replaces_what_is_listed_here(service: str) -> None:
    moto_fixes.apply(service)
    listed = {f"{module}.{path}" for module, path, _ in REPLACED}
    assert set(moto_fixes.originals) <= listed


def test_process_request_takes_and_gives_what_the_gateway_expects() -> None:
    original = gateway.moto_process_request
    assert original.__module__ == "moto.core.botocore_stubber"
    assert tuple(inspect.signature(original).parameters) == ("self", "request")


def test_account_id_is_read_with_every_request() -> None:
    from moto.core.responses import BaseResponse

    source = inspect.getsource(BaseResponse.get_current_account)
    assert 'os.environ["MOTO_ACCOUNT_ID"]' in source


def test_backends_can_be_forgotten_by_account() -> None:
    from moto.core.base_backend import BackendDict

    assert isinstance(BackendDict._instances, list)
    assert callable(BackendDict.reset)


def test_lambda_storage_keeps_versions_in_a_list() -> None:
    from moto.awslambda.models import LambdaStorage

    assert LambdaStorage("us-east-1", "1")._functions == {}
    assert '["versions"]' in inspect.getsource(LambdaStorage._get_version)


def test_step_functions_makes_its_threads_through_these_modules() -> None:
    """Their `threading` and `time` are replaced, so that nothing runs beside or really waits."""
    from course.account.events import executions

    for name in executions.THREADED:
        source = inspect.getsource(importlib.import_module(f"{executions.PARSER}.{name}"))
        assert "Thread(" in source and "import threading" in source
    retrier = f"{executions.PARSER}.asl.component.common.retry.retrier_decl"
    assert "time.sleep(interval_seconds)" in inspect.getsource(importlib.import_module(retrier))


def test_botocore_sleeps_through_its_module() -> None:
    """Retries and waiters call `time.sleep` of the names that the gateway replaces."""
    import botocore.endpoint
    import botocore.waiter

    for module in (botocore.endpoint, botocore.waiter):
        assert "time.sleep(" in inspect.getsource(module)
        assert not hasattr(module.time, "monotonic")


def test_botocore_draws_its_jitter_and_waits_where_we_replace_it() -> None:
    import botocore.retries.bucket
    import botocore.retryhandler
    from botocore.retries.standard import ExponentialBackoff

    assert "random.random()" in inspect.getsource(botocore.retryhandler.delay_exponential)
    assert list(inspect.signature(ExponentialBackoff.__init__).parameters)[:3] == [
        "self",
        "max_backoff",
        "random",
    ]
    source = inspect.getsource(botocore.retries.bucket.TokenBucket)
    assert "threading.Condition(" in source
    assert "self._new_fill_rate_condition.wait(sleep_amount)" in source


def test_lambda_settings_are_where_we_read_them() -> None:
    """What `functions.configured` reads of moto's own objects."""
    from moto.awslambda.models import LambdaFunction, LambdaStorage

    of_function = inspect.getsource(LambdaFunction)
    for name in ("code_bytes", "memory_size", "timeout", "role", "handler", "tracing_config"):
        assert f"self.{name}" in of_function
    assert "self._aliases" in inspect.getsource(LambdaStorage)
