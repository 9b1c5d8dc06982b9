"""Every part of moto and botocore that the account replaces or reaches into, by name.

When an upgrade moves one of them, the test with its name fails here, before anything else does.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from course.account import Account, gateway, moto_fixes, shortcuts

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
    ("moto.core.common_models", "BaseModel.__new__", ("cls",)),
    ("moto.core.routing", "get_service_router", ("service_name",)),
    ("moto.core.utils", "get_service_model", ("service_name",)),
    ("moto.settings", "ec2_load_default_amis", ()),
    ("moto.ec2.models.subnets", "SubnetBackend.get_subnet", ("self", "subnet_id")),
    (
        "moto.ec2.models.security_groups",
        "SecurityGroupBackend.describe_security_groups",
        ("self", "group_ids"),
    ),
    ("moto.ec2.models.route_tables", "RouteTable.__init__", ("self", "ec2_backend")),
    ("moto.ec2.models.vpcs", "VPCBackend.get_vpc", ("self", "vpc_id")),
    ("moto.core.utils", "get_equivalent_url_in_aws_domain", ("url",)),
    ("moto.s3.responses", "S3Response.list_objects", ("self",)),
    (
        "moto.s3.notifications",
        "_send_event_bridge_message",
        ("account_id", "bucket", "event_name", "key"),
    ),
    ("moto.s3.notifications", "_detail_type", ("event_name",)),
    ("moto.s3.responses", "S3Response.list_objects_v2", ("self",)),
    ("moto.s3.responses", "S3Response.list_object_versions", ("self",)),
    ("moto.s3.models", "FakeBucket.get_permission", ("self", "action", "resource")),
    (
        "moto.s3.notifications",
        "_send_sqs_message",
        ("account_id", "event_body", "queue_name", "region_name"),
    ),
    (
        "moto.s3.notifications",
        "_send_sns_message",
        ("account_id", "event_body", "topic_arn", "region_name"),
    ),
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
    ("moto.awslambda.models", "LambdaFunction.get_code", ("self",)),
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
    ("moto.apigateway.models", "APIGatewayBackend.create_usage_plan", ("self", "payload")),
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
    ("moto.apigateway.responses", "APIGatewayResponse.create_rest_api", ("self",)),
    ("moto.apigateway.models", "Account.apply_patch_operations", ("self", "patch_operations")),
    (
        "moto.apigatewayv2.models",
        "ApiGatewayV2Backend.create_api",
        ("self", "api_key_selection_expression", "cors_configuration"),
    ),
    (
        "moto.dynamodb.models.dynamo_type",
        "LimitedSizeDict.__setitem__",
        ("self", "key", "value"),
    ),
    ("moto.dynamodb.models.dynamo_type", "Item.project", ("self", "projection_expressions")),
    ("moto.dynamodb.models.dynamo_type", "DynamoType.compare", ("self", "range_comparison")),
    ("moto.dynamodb.models.table", "StreamShard.add", ("self", "old", "new")),
    ("moto.dynamodb.models.table", "Table.describe", ("self", "base_key")),
    ("moto.dynamodb.responses", "DynamoHandler.put_item", ("self",)),
    ("moto.dynamodb.responses", "DynamoHandler.update_item", ("self",)),
    ("moto.dynamodb.responses", "DynamoHandler.delete_item", ("self",)),
    (
        "moto.dynamodb.responses",
        "validate_attributes_used",
        ("attribute_names", "names_used", "provided_attr", "validation_error_prefix"),
    ),
    (
        "moto.dynamodb.parsing.key_condition_expression",
        "parse_expression",
        (
            "key_condition_expression",
            "expression_attribute_values",
            "expression_attribute_names",
            "schema",
        ),
    ),
    (
        "moto.dynamodb.comparisons",
        "create_condition_expression_parser",
        ("expr", "names", "values"),
    ),
    ("botocore.endpoint", "Endpoint._send", ("self", "request")),
    ("botocore.httpsession", "URLLib3Session._get_request_timeout", ("self", "request")),
    ("botocore.signers", "RequestSigner.sign", ("self", "operation_name", "request")),
    ("botocore.auth", "SigV4Auth.add_auth", ("self", "request")),
    ("botocore.useragent", "UserAgentString.to_string", ("self",)),
    (
        "botocore.regions",
        "EndpointRulesetResolver._get_provider_params",
        ("self", "operation_model", "call_args", "request_context"),
    ),
    ("botocore.auth", "SigV4Auth._modify_request_before_signing", ("self", "request")),
    ("botocore.auth", "SigV4Auth.scope", ("self", "request")),
]
# Where the account keeps the originals of what it replaces when it is imported.
SAVED = {
    "botocore.endpoint.Endpoint._send": gateway.botocore_send,
    "moto.core.botocore_stubber.BotocoreStubber.__call__": gateway.moto_call,
    "botocore.signers.RequestSigner.sign": gateway.botocore_sign,
    "botocore.auth.SigV4Auth.add_auth": gateway.botocore_add_auth,
    "botocore.useragent.UserAgentString.to_string": shortcuts.botocore_agent_text,
    "botocore.regions.EndpointRulesetResolver._get_provider_params": shortcuts.botocore_parameters,
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
def test_every_fix_replaces_what_is_listed_here(account: Account, service: str) -> None:
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


def test_what_the_json_endpoint_does_by_itself_is_all_that_motos_setup_gives_it() -> None:
    """JsonEndpoint skips `setup_class`, whose other results only moto's own handlers read."""
    from moto.core.responses import BaseResponse

    assert tuple(inspect.signature(BaseResponse.get_region_from_url).parameters) == (
        "self",
        "request",
        "full_url",
    )
    read = set(BaseResponse.serialized.__code__.co_names)
    assert read & {"normalized_request", "form_data", "parsed_url", "uri_match"} == set()


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


def test_tables_keep_their_items_and_settings_where_we_read_them() -> None:
    """What `tables.store` and `tables.streams` read of moto's own objects."""
    from moto.dynamodb.models.table import StreamRecord, Table
    from moto.dynamodbstreams import models as streams

    source = inspect.getsource(Table)
    for name in ("items", "billing_mode", "throughput", "warm_throughput", "global_indexes"):
        assert f"self.{name}" in source
    assert "self.items[hash_value][range_value] = item" in source
    assert "if self.stream_shard is not None:" in source
    assert "self.record" in inspect.getsource(StreamRecord)
    assert "os.urandom(" in inspect.getsource(streams.ShardIterator)
