"""What API Gateway answers by itself: gateway responses of REST APIs and their customisation.

Follows "Gateway responses in API Gateway" and its list of types. A type that the API does not
customise takes the API's DEFAULT_4XX or DEFAULT_5XX. A template knows variables and nothing else
("simple variable substitution ... not processed by the Velocity Template Language engine").

The `x-amzn-ErrorType` values and messages are those that AWS sends. An integration that fails is an
INTEGRATION_FAILURE with a status of its own, not with the 504 of the list: 502 for a function that
fails (a production API's access log in GitHub, DataBiosphere/azul #8192), 500 for an invocation
that Lambda rejects. The 504 comes as soon as the type itself is customised without a status
("Inconsistencies in response codes...", re:Post). That a malformed answer has the same type was not
found written down anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# type -> (status, x-amzn-ErrorType)
TYPES: dict[str, tuple[int, str]] = {
    "ACCESS_DENIED": (403, "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": (500, "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "AuthorizerConfigurationException"),
    "AUTHORIZER_FAILURE": (500, "AuthorizerFailureException"),
    "BAD_REQUEST_BODY": (400, "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": (400, "BadRequestException"),
    "DEFAULT_4XX": (400, "BadRequestException"),
    "DEFAULT_5XX": (500, "InternalServerErrorException"),
    "EXPIRED_TOKEN": (403, "ExpiredTokenException"),
    "INTEGRATION_FAILURE": (504, "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": (504, "InternalServerErrorException"),
    "INVALID_API_KEY": (403, "ForbiddenException"),
    "INVALID_SIGNATURE": (403, "InvalidSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "MissingAuthenticationTokenException"),
    "QUOTA_EXCEEDED": (429, "LimitExceededException"),
    "REQUEST_TOO_LARGE": (413, "RequestTooLargeException"),
    "RESOURCE_NOT_FOUND": (404, "NotFoundException"),
    "THROTTLED": (429, "TooManyRequestsException"),
    "UNAUTHORIZED": (401, "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "UnsupportedMediaTypeException"),
    "WAF_FILTERED": (403, "ForbiddenException"),
}
DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
Lookup = Callable[[str], str | None]
_HEADER = "gatewayresponse.header."
PLACES = ("path", "querystring", "header")
_VARIABLE = re.compile(
    r"\$\{?(context|stageVariables)\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)\}?"
    r"|\$input\.params\(['\"]([^'\"]+)['\"]\)"
)


@dataclass
class Problem(Exception):
    """API Gateway answers by itself. status: where it is not the type's own; log: the line of the
    execution log; reason: for `$context.integration.error` and the like."""

    kind: str
    message: str | None
    status: int | None = None
    log: str = ""
    details: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True)
class Customised:
    """A gateway response as its API configured it."""

    status: int | None
    parameters: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True)
class GatewayAnswer:
    """Status, headers, body."""

    status: int
    headers: dict[str, str]
    body: str


def default_status(problem: Problem) -> int:
    """The status of an answer that nobody customised."""
    return problem.status or TYPES[problem.kind][0]


def choose(problem: Problem, responses: Mapping[str, Customised]) -> Customised | None:
    """The customisation that applies: of the type, or of all 4xx or 5xx."""
    fallback = "DEFAULT_4XX" if default_status(problem) < 500 else "DEFAULT_5XX"
    return responses.get(problem.kind, responses.get(fallback))


def answer(
    problem: Problem, responses: Mapping[str, Customised], context: Lookup, parameter: Lookup
) -> GatewayAnswer:
    """The response to a problem. context: a `$context` or `$stageVariables` variable's value;
    parameter: the value behind `method.request....`."""
    custom = choose(problem, responses)
    headers = {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": TYPES[problem.kind][1],
        **problem.headers,
    }
    if custom is None:
        return GatewayAnswer(default_status(problem), headers, _default_body(problem))
    for name, value in custom.parameters.items():
        given = value[1:-1] if value[:1] == "'" else parameter(value)
        if name.startswith(_HEADER) and given is not None:
            headers[name.removeprefix(_HEADER)] = given
    status = _customised_status(problem, custom, problem.kind in responses)
    if not custom.templates:
        return GatewayAnswer(status, headers, _default_body(problem))
    kind = min(custom.templates, key=lambda name: name != "application/json")
    headers["Content-Type"] = kind
    return GatewayAnswer(status, headers, render(custom.templates[kind], context, parameter))


def _customised_status(problem: Problem, custom: Customised, is_own: bool) -> int:
    if custom.status is not None:
        return custom.status
    # Once its type is customised, an integration's failure has the type's documented status.
    if problem.kind == "INTEGRATION_FAILURE" and is_own:
        return TYPES[problem.kind][0]
    return default_status(problem)


def _default_body(problem: Problem) -> str:
    # Refusals by a policy spell it with a capital letter.
    key = "Message" if problem.kind == "ACCESS_DENIED" else "message"
    return json.dumps({key: problem.message}, separators=(",", ":"))


def render(template: str, context: Lookup, parameter: Lookup) -> str:
    """A template with its variables replaced; one without a value becomes nothing."""

    def value(match: re.Match[str]) -> str:
        scope, name, given = match.groups()
        if given is not None:
            found = [parameter(f"method.request.{place}.{given}") for place in PLACES]
            return next((each for each in found if each is not None), "")
        return context(f"{scope}.{name}") or ""

    return _VARIABLE.sub(value, template)
