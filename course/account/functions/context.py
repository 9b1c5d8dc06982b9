"""The context object that a handler gets: "Using the Lambda context object to retrieve Python
function information"."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from course.account import waiting

if TYPE_CHECKING:
    from course.account.functions.sandbox import Call, Sandbox


class CognitoIdentity:
    """Set by the mobile SDKs alone."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class LambdaContext:
    """What a handler may know of its invocation."""

    def __init__(self, sandbox: Sandbox, call: Call, deadline: float) -> None:
        function = sandbox.function
        self.function_name = function.name
        self.function_version = function.version
        self.invoked_function_arn = call.qualified_arn
        # Text, as in the environment variable that it is read from.
        self.memory_limit_in_mb = str(function.memory)
        self.aws_request_id = call.request_id
        self.log_group_name = function.log_group
        self.log_stream_name = sandbox.stream
        self.identity = CognitoIdentity()
        self.client_context = _client_context(call.client_context)
        self.tenant_id: str | None = None
        self._sandbox = sandbox
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out."""
        running = waiting.current()
        now = self._deadline if running is None else running.now
        return max(0, int(self._deadline - now))

    def log(self, message: object) -> None:
        """Write to the log, as it is."""
        self._sandbox.printed(str(message))


def _client_context(given: Mapping[str, Any] | None) -> SimpleNamespace | None:
    if given is None:
        return None
    client = SimpleNamespace(**given["client"]) if "client" in given else None
    return SimpleNamespace(client=client, custom=given.get("custom"), env=given.get("env"))
