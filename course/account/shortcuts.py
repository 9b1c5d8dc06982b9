"""What botocore works out anew for every request, with the same outcome and less work.

A call's endpoint, headers and events are what they are without this; only the way there is
shorter.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from botocore.context import get_context
from botocore.regions import EndpointRulesetResolver
from botocore.useragent import UserAgentString

botocore_agent_text = UserAgentString.to_string
botocore_parameters = EndpointRulesetResolver._get_provider_params
# Per client: its User-Agent for the features in use.
_agent_texts: WeakKeyDictionary[UserAgentString, dict[frozenset[str], str]] = WeakKeyDictionary()
# Of an endpoint's parameter: its name, the built-in value behind it, whether a call may set it.
Parameter = tuple[str, str | None, bool]
_PLAN = "endpoint parameters"


def install() -> None:
    """Put them in place; calling it again changes nothing."""
    UserAgentString.to_string = _agent_text
    EndpointRulesetResolver._get_provider_params = _endpoint_parameters


def _agent_text(agent: UserAgentString) -> str:
    """A User-Agent is asked for twice a request, and is always the same."""
    context = get_context()
    features = frozenset(context.features if context else ())
    known = _agent_texts.setdefault(agent, {})
    if features not in known:
        known[features] = botocore_agent_text(agent)
    return known[features]


def _endpoint_parameters(
    resolver: EndpointRulesetResolver, operation: Any, arguments: Any, context: Any
) -> dict[str, Any]:
    """Where the endpoint's parameters come from is the same for every call of an operation: only
    those that a call may set are looked for in it, and the others are built-in values."""
    builtins = resolver._get_customized_builtins(operation, arguments, context)
    found = {}
    for name, builtin, may_be_given in _plan(resolver, operation):
        value = None
        if may_be_given:
            value = resolver._resolve_param_from_context(name, operation, arguments)
        if value is None and builtin is not None:
            value = builtins.get(builtin)
            value = value() if callable(value) else value
        if value is not None:
            found[name] = value
            resolver._register_endpoint_feature_ids(name, value)
    return found


def _plan(resolver: EndpointRulesetResolver, operation: Any) -> list[Parameter]:
    key = (_PLAN, operation.name)
    plan: list[Parameter] | None = resolver._instance_cache.get(key)
    if plan is None:
        given = {
            *resolver._get_static_context_params(operation),
            *resolver._get_dynamic_context_params(operation),
            *operation.operation_context_parameters,
            *resolver._get_client_context_params(),
        }
        plan = resolver._instance_cache[key] = [
            (name, definition.builtin, name in given)
            for name, definition in resolver._param_definitions.items()
        ]
    return plan
