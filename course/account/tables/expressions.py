"""Filters, conditions and projections: moto parses and evaluates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.dynamodb.comparisons import create_condition_expression_parser
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.parsing.key_condition_expression import parse_expression
from moto.dynamodb.responses import ProjectionExpressionParser, validate_attributes_used

from course.account.errors import AwsError
from course.account.tables import checks
from course.account.tables.request import CONDITION_FAILED, Request, motos_errors
from course.account.tables.values import image

Parameters = Mapping[str, Any]
Paths = list[list[str]]


class Filter:
    """A condition or filter expression. used: the attribute names at its top level."""

    def __init__(self, text: str | None, parameters: Parameters) -> None:
        parser = create_condition_expression_parser(
            text,
            parameters.get("ExpressionAttributeNames", {}),
            parameters.get("ExpressionAttributeValues", {}),
        )
        self._is_given = text is not None
        self._operation = parser.parse()
        self.placeholders: list[str] = parser.expr_attr_names_found
        names = parameters.get("ExpressionAttributeNames", {})
        self.used = [names.get(name, name) for name in self.placeholders]

    def passes(self, item: Item | None) -> bool:
        """Values of different types never compare."""
        if not self._is_given:
            return True
        try:
            return bool(self._operation.expr(item))
        except TypeError:
            return False


def condition(request: Request, parameters: Parameters, item: Item | None) -> None:
    """Raise the error of a condition that does not hold for an item."""
    with motos_errors(request.name):
        holds = Filter(parameters.get("ConditionExpression"), parameters).passes(item)
    if not holds:
        wanted = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        members = {"Item": image(item)} if wanted and item is not None else {}
        raise AwsError(CONDITION_FAILED, "The conditional request failed", **members)


def projection(parameters: Parameters) -> tuple[Paths, list[str]]:
    """The paths of a projection expression, and the placeholders that it uses."""
    text = parameters.get("ProjectionExpression")
    parser = ProjectionExpressionParser(text, parameters.get("ExpressionAttributeNames"))
    return parser.parse(), parser.expr_attr_names_found


def sole_projection(request: Request, parameters: Parameters) -> Paths:
    """The paths of a request that has no other expression."""
    with motos_errors(request.name):
        paths, placeholders = projection(parameters)
        used_names(parameters, placeholders)
    return paths


def used_names(parameters: Parameters, used: list[str]) -> None:
    """Every expression attribute name must be used."""
    names = parameters.get("ExpressionAttributeNames")
    validate_attributes_used(names, used, validation_error_prefix=False)


class KeyCondition:
    """What a query asks of the keys: values of the partition key, conditions on the others."""

    def __init__(self, parameters: Parameters, schema: list[dict[str, str]]) -> None:
        text = parameters.get("KeyConditionExpression")
        if not text:
            raise checks.invalid(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified "
                "in the request."
            )
        self.exact, self.others, self.placeholders = parse_expression(
            key_condition_expression=text,
            expression_attribute_names=parameters.get("ExpressionAttributeNames", {}),
            expression_attribute_values=parameters.get("ExpressionAttributeValues", {}),
            schema=schema,
        )
        checks.key_operands(self.others)
