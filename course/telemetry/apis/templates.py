"""Mapping templates, as far as mock integrations need them.

Follows "Variables for data transformations for API Gateway": `$input.body`, `$input.json(path)`,
`$input.path(path)` as text, `$input.params(name)`, `$context`, `$stageVariables` and the functions
`$util.escapeJavaScript`, `$util.urlEncode`, `$util.base64Encode` around one of them. The Velocity
language itself (`#set`, `#if`, `#foreach`, own variables) is not evaluated: a template with it
raises NotSupported, as does any other `$` name.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from course.telemetry.errors import NotSupported

Lookup = Callable[[str], str | None]
_DIRECTIVE = re.compile(r"#(?:set|if|else|elseif|end|foreach|define|macro|stop|break)\b")
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]")
_CALL = r"\$input\.(?:body|(?:json|path|params)\((?:'[^']*'|\"[^\"]*\")\))"
_NAME = r"\$\{?(?:context|stageVariables)(?:\.[A-Za-z0-9_]+)+\}?"
_VALUE = rf"(?:{_CALL}|{_NAME})"
_EXPRESSION = re.compile(
    rf"\$util\.(?P<function>escapeJavaScript|urlEncode|base64Encode)\((?P<inner>{_VALUE})\)"
    rf"|(?P<value>{_VALUE})|(?P<other>\$[A-Za-z!{{][^\s\"',;)]*)"
)
FUNCTIONS: dict[str, Callable[[str], str]] = {
    "escapeJavaScript": lambda text: json.dumps(text)[1:-1].replace("'", "\\'"),
    "urlEncode": lambda text: quote(text, safe=""),
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
}


def check(template: str) -> None:
    """Raise NotSupported for what `render` would not carry out."""
    if _DIRECTIVE.search(template):
        raise NotSupported(
            "a mapping template with Velocity directives", "Let a function build the answer."
        )
    for match in _EXPRESSION.finditer(template):
        if match.group("other"):
            raise NotSupported(
                f"{match.group('other')} in a mapping template",
                "Use $input, $context and $stageVariables.",
            )


def render(template: str, body: str, context: Lookup, parameter: Lookup) -> str:
    """The template with its expressions replaced; what has no value becomes nothing.

    body: what `$input` speaks of. context: a value by `context.x` or `stageVariables.x`.
    parameter: a request parameter by its name, from path, query and headers in that order.
    """

    def replaced(match: re.Match[str]) -> str:
        value = match.group("inner") or match.group("value")
        text = _value(value, body, context, parameter)
        function = match.group("function")
        return FUNCTIONS[function](text) if function else text

    return _EXPRESSION.sub(replaced, template)


def _value(expression: str, body: str, context: Lookup, parameter: Lookup) -> str:
    if expression == "$input.body":
        return body
    if not expression.startswith("$input"):
        return context(expression.strip("${}")) or ""
    name, _, argument = expression.removeprefix("$input.").partition("(")
    argument = argument[1:-2]
    if name == "params":
        return parameter(argument) or ""
    found = _at(body, argument)
    if name == "json":
        return json.dumps(found)
    return found if isinstance(found, str) else "" if found is None else json.dumps(found)


def _at(body: str, path: str) -> Any:
    """What stands at a JSONPath of plain steps; None where there is nothing."""
    try:
        here = json.loads(body or "{}")
    except ValueError:
        return None
    for member, index, quoted in _STEP.findall(path):
        name = member or quoted
        if name and isinstance(here, dict):
            here = here.get(name)
        elif index and isinstance(here, list) and int(index) < len(here):
            here = here[int(index)]
        else:
            return None
    return here
