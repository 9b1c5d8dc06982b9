"""Writes API Gateway's access log from the format that the stage is configured with.

Follows "Variables for access logging for API Gateway": the format is text with `$context`
variables; a variable without a value becomes `-`. So numbers that are always there stand without
quotes, those of the integration in quotes: they are text, and `-` where no integration was called.
`$context.integrationStatus` is what Lambda's service answered, not the function's own status code.
"""

from __future__ import annotations

from course.incidents.model import ApiRequest

FORMAT = (
    '{"requestId":"$context.requestId","requestTimeEpoch":$context.requestTimeEpoch,'
    '"ip":"$context.identity.sourceIp","userAgent":"$context.identity.userAgent",'
    '"httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath",'
    '"path":"$context.path","status":$context.status,'
    '"responseLatency":$context.responseLatency,'
    '"integrationStatus":"$context.integrationStatus",'
    '"integrationLatency":"$context.integrationLatency",'
    '"integrationRequestId":"$context.integration.requestId",'
    '"errorType":"$context.error.responseType","errorMessage":"$context.error.message"}'
)
_TEMPLATE = FORMAT.replace("{", "{{", 1)[:-1] + "}}"
_VARIABLES = (
    ("$context.integration.requestId", "{integration_request_id}"),
    ("$context.requestTimeEpoch", "{time}"),
    ("$context.requestId", "{request_id}"),
    ("$context.identity.sourceIp", "{ip}"),
    ("$context.identity.userAgent", "{agent}"),
    ("$context.httpMethod", "{method}"),
    ("$context.resourcePath", "{resource}"),
    ("$context.path", "{path}"),
    ("$context.status", "{status}"),
    ("$context.responseLatency", "{latency}"),
    ("$context.integrationStatus", "{integration_status}"),
    ("$context.integrationLatency", "{integration_latency}"),
    ("$context.error.responseType", "{error_type}"),
    ("$context.error.message", "{error_message}"),
)
for _variable, _field in _VARIABLES:
    _TEMPLATE = _TEMPLATE.replace(_variable, _field)


def line(request: ApiRequest, stage: str) -> str:
    """The access log line of one request; `$context.path` includes the stage."""
    values = {name: "-" if value is None else value for name, value in vars(request).items()}
    values["time"] = int(request.time)
    values["path"] = f"/{stage}{request.path}"
    return _TEMPLATE.format(**values)


def written_at(request: ApiRequest) -> int:
    """Epoch ms at which the line is written: when the answer has been sent."""
    return int(request.time + request.latency)
