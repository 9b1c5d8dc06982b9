"""Access logs: which variables there are, and how a line is made of a format.

Follows "Variables for access logging for API Gateway" and "Customize HTTP API access logs": the
format is text with `$context` variables, nothing is evaluated, a variable without a value becomes
`-`. "Set up CloudWatch logging for REST APIs": one line, with requestId or extendedRequestId in it.
REST APIs take unknown variables and write `-`; HTTP APIs refuse them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from course.telemetry.errors import RuleError

VARIABLE = re.compile(r"\$\{context\.([^}]+)\}|\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
CODE = "BadRequestException"
Piece = tuple[str, str | None]

# "Customize HTTP API access logs"; `authorizer.` may be followed by anything.
_HTTP_VARIABLES = """accountId apiId awsEndpointRequestId awsEndpointRequestId2
    customDomain.basePathMatched dataProcessed domainName domainPrefix error.message
    error.messageString error.responseType extendedRequestId httpMethod identity.accountId
    identity.caller identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType
    identity.cognitoIdentityId identity.cognitoIdentityPoolId identity.principalOrgId
    identity.sourceIp identity.user identity.userAgent identity.userArn integration.error
    integration.integrationStatus integration.latency integration.requestId integration.status
    integrationErrorMessage integrationLatency integrationStatus path protocol requestId requestTime
    requestTimeEpoch responseLatency responseLength routeKey stage status"""
HTTP_VARIABLES = frozenset(_HTTP_VARIABLES.split())


def check(log_format: str, *, http: bool = False) -> None:
    """Raise what AWS answers to a format that it does not take."""
    if "\n" in log_format.rstrip("\r\n") or "\r" in log_format.rstrip("\r\n"):
        raise RuleError(
            CODE,
            "Access Log format must be single line, new line character is allowed only at end of "
            f"the format: '{log_format}'",
        )
    names = [name for _, name in pieces(log_format) if name is not None]
    unknown = [name for name in names if http and not _is_known(name)]
    if unknown:
        listed = ", ".join(f"$context.{name}" for name in unknown)
        raise RuleError(CODE, f"The following context variables are not supported: [{listed}]")
    if not {"requestId", "extendedRequestId"} & set(names):
        raise RuleError(
            CODE,
            "Access Log format must include either $context.requestId or "
            f"$context.extendedRequestId: '{log_format}'",
        )


def _is_known(name: str) -> bool:
    return name in HTTP_VARIABLES or name.startswith("authorizer.")


@lru_cache(maxsize=64)
def pieces(log_format: str) -> tuple[Piece, ...]:
    """The format as (text, name of the variable that follows it or None)."""
    found: list[Piece] = []
    end = 0
    for match in VARIABLE.finditer(log_format):
        found.append((log_format[end : match.start()], match.group(1) or match.group(2)))
        end = match.end()
    return (*found, (log_format[end:], None))


def line(log_format: str, values: Mapping[str, object]) -> str:
    """One line; values by name without `$context.`, None and "" count as absent."""
    written = []
    for text, name in pieces(log_format):
        written.append(text)
        if name is not None:
            value = values.get(name)
            written.append("-" if value is None or value == "" else _text(value))
    return "".join(written).rstrip("\r\n")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
