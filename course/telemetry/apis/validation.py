"""Basic request validation of REST APIs.

Follows "Request validation for REST APIs in API Gateway": required parameters must be there and not
empty, and the body must fit the model of its content type, a JSON schema of draft 4. Without a
model for that content type the body is not checked. What is not JSON fits no model; an empty body
counts as `{}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Lookup = Callable[[str], str | None]


def missing(parameters: Mapping[str, bool], lookup: Lookup) -> list[str]:
    """The names of required parameters that a request lacks, sorted. parameters: as in
    PutMethod's requestParameters; lookup: the value behind `method.request....`."""
    lacking = [name for name, required in parameters.items() if required and not lookup(name)]
    return sorted(name.split(".", 3)[-1] for name in lacking)


def model_for(models: Mapping[str, str], content_type: str | None) -> str | None:
    """The name of the model that a body is checked against. models: content type to name."""
    kind = (content_type or "application/json").partition(";")[0].strip().lower()
    return models.get(kind, models.get("$default"))


def mistakes(body: bytes, schema: str, others: Mapping[str, str]) -> list[str]:
    """What a body breaks of a schema; [] when it fits. others: the API's schemas by name, for
    references like `https://apigateway.amazonaws.com/restapis/{id}/models/{name}`."""
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import best_match

    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return ["Invalid JSON"]
    validator = Draft4Validator(_resolved(json.loads(schema), others, ()))
    worst = best_match(validator.iter_errors(value))
    return [] if worst is None else [str(worst.message)]


def _resolved(schema: Any, others: Mapping[str, str], inside: tuple[str, ...]) -> Any:
    """The schema with references to other models replaced by them."""
    if isinstance(schema, list):
        return [_resolved(each, others, inside) for each in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/models/")[2]
    if "/models/" in str(schema.get("$ref", "")) and name in others and name not in inside:
        return _resolved(json.loads(others[name]), others, (*inside, name))
    return {key: _resolved(value, others, inside) for key, value in schema.items()}
