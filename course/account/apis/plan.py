"""What a deployment holds: an API's configuration at the moment when it was deployed.

"Deploy REST APIs in API Gateway": a deployment is a snapshot of methods, integrations, models,
authorizers and gateway responses; later changes are not seen until the API is deployed again. Stage
settings, stage variables, API keys and usage plans are no part of it and take effect at once.

An integration that this account does not carry out is refused here, when the API is deployed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.errors import NotSimulated
from course.telemetry.apis import templates
from course.telemetry.apis.answers import Customised
from course.telemetry.apis.routing import Router
from course.telemetry.errors import NotSupported

# "Amazon API Gateway quotas": 50 ms to 29 s unless the quota was raised.
DEFAULT_TIMEOUT = 29_000
_FUNCTION = re.compile(r"/functions/(.+)/invocations$")
_USE = "Integrate a Lambda function with AWS_PROXY, or use MOCK."
_SIMULATED = ("AWS_PROXY", "MOCK")


@dataclass(frozen=True)
class Reply:
    """An integration response of a mock. pattern: the status codes that it is for."""

    status: str
    pattern: str
    templates: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Integration:
    """Where a method's requests go. function: an ARN, perhaps with stage variables in it."""

    kind: str
    function: str
    http_method: str | None
    timeout: int
    templates: Mapping[str, str]
    passthrough: str
    replies: tuple[Reply, ...]
    cache_keys: tuple[str, ...]
    cache_namespace: str
    credentials: str | None


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer. sources: where the identity is, `method.request.header.Authorization`;
    ttl: seconds that its answer is kept."""

    id: str
    name: str
    kind: str
    function: str
    sources: tuple[str, ...]
    pattern: str | None
    ttl: int
    credentials: str | None


@dataclass(frozen=True)
class Method:
    """One method of one resource."""

    resource_id: str
    resource: str
    http_method: str
    authorization: str
    authorizer: str | None
    needs_key: bool
    parameters: Mapping[str, bool]
    models: Mapping[str, str]
    checks_body: bool
    checks_parameters: bool
    responses: Mapping[str, Mapping[str, Any]]
    integration: Integration

    @property
    def setting(self) -> str:
        """How stage settings name it: `~1cart~1items/POST`."""
        return f"{self.resource.replace('/', '~1')}/{self.http_method}"

    @property
    def throttle(self) -> str:
        """How usage plans name it: `/cart/items/POST`."""
        return f"{self.resource}/{self.http_method}"


@dataclass(frozen=True)
class Plan:
    """A deployed API."""

    api_id: str
    name: str
    router: Router[Method]
    authorizers: Mapping[str, Authorizer]
    answers: Mapping[str, Customised]
    schemas: Mapping[str, str]
    binary: tuple[str, ...]
    key_source: str


def of(api: Any) -> Plan:
    """The plan of an API of moto's as it is now."""
    router: Router[Method] = Router(falls_back=False)
    for resource in api.resources.values():
        for verb, kept in resource.resource_methods.items():
            method = read_method(api, resource, verb, kept)
            router.add(verb, method.resource, method)
    return Plan(
        api_id=api.id,
        name=api.name,
        router=router,
        authorizers={each.id: authorizer(each) for each in api.authorizers.values()},
        answers=customised(api),
        schemas=schemas(api),
        binary=binary(api),
        key_source=api.api_key_source,
    )


def read_method(api: Any, resource: Any, verb: str, kept: Any) -> Method:
    """One method of moto's."""
    validator = api.request_validators.get(kept.request_validator_id)
    return Method(
        resource_id=resource.id,
        resource=resource.get_path(),
        http_method=verb,
        authorization=kept.authorization_type or "NONE",
        authorizer=kept.authorizer_id,
        needs_key=_is_true(kept.api_key_required),
        parameters={
            name: _is_true(value) for name, value in (kept.request_parameters or {}).items()
        },
        models=kept.request_models or {},
        checks_body=bool(validator and validator.validate_request_body),
        checks_parameters=bool(validator and validator.validate_request_parameters),
        responses={
            str(code): each.response_parameters or {}
            for code, each in kept.method_responses.items()
        },
        integration=_integration(resource, kept.method_integration),
    )


def schemas(api: Any) -> dict[str, str]:
    """The API's models by name."""
    return {name: each.schema for name, each in api.models.items() if each.schema}


def binary(api: Any) -> tuple[str, ...]:
    """The API's binary media types; patches name them with `~1` for a slash."""
    return tuple(kind.replace("~1", "/") for kind in api.binaryMediaTypes)


def customised(api: Any) -> dict[str, Customised]:
    """The API's gateway responses by type."""
    return {name: _customised(each) for name, each in api.gateway_responses.items()}


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _integration(resource: Any, kept: Any) -> Integration:
    if kept.integration_type not in _SIMULATED:
        raise NotSimulated(f"an integration of the type {kept.integration_type}", _USE)
    function = _FUNCTION.search(kept.uri or "")
    if kept.integration_type == "AWS_PROXY" and function is None:
        raise NotSimulated(f"the integration with {kept.uri}", _USE)
    found = Integration(
        kind=kept.integration_type,
        function=function.group(1) if function else "",
        http_method=kept.http_method,
        timeout=int(kept.timeout_in_millis or DEFAULT_TIMEOUT),
        templates=kept.request_templates or {},
        passthrough=kept.passthrough_behaviour or "WHEN_NO_MATCH",
        replies=tuple(_reply(each) for each in (kept.integration_responses or {}).values()),
        cache_keys=tuple(kept.cache_key_parameters),
        cache_namespace=kept.cache_namespace or resource.id,
        credentials=kept.credentials,
    )
    if found.kind == "MOCK":
        _check_templates(found)
    return found


def _check_templates(integration: Integration) -> None:
    texts = list(integration.templates.values())
    texts += [text for reply in integration.replies for text in reply.templates.values()]
    for text in texts:
        try:
            templates.check(text or "")
        except NotSupported as error:
            raise NotSimulated("this API", error.message, "cannot be deployed here.") from None


def _reply(kept: Any) -> Reply:
    return Reply(
        str(kept.status_code),
        kept.selection_pattern or "",
        {kind: text or "" for kind, text in (kept.response_templates or {}).items()},
        kept.response_parameters or {},
    )


def authorizer(kept: Any) -> Authorizer:
    if kept.type not in ("TOKEN", "REQUEST"):
        raise NotSimulated(
            f"an authorizer of the type {kept.type}", "Use a Lambda authorizer (TOKEN or REQUEST)."
        )
    function = _FUNCTION.search(kept.authorizer_uri or "")
    source = kept.identity_source or ""
    ttl = kept.authorizer_result_ttl
    return Authorizer(
        id=kept.id,
        name=kept.name or "",
        kind=kept.type,
        function=function.group(1) if function else "",
        sources=tuple(part.strip() for part in source.split(",") if part.strip()),
        pattern=kept.identity_validation_expression,
        ttl=300 if ttl is None else int(ttl),
        credentials=kept.authorizer_credentials,
    )


def _customised(kept: Any) -> Customised:
    status = kept.status_code
    return Customised(
        int(status) if status else None,
        kept.response_parameters or {},
        kept.response_templates or {},
    )
