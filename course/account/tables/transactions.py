"""TransactWriteItems and TransactGetItems.

Follows the developer guide, "Amazon DynamoDB Transactions: How it works": all or nothing; twice the
capacity, for a condition check as well; a ClientRequestToken makes a request idempotent for 10
minutes, and repeating it costs reads. A transaction holds its items for as long as it takes: what
else wants to write one of them in that time gets TransactionConflictException, another transaction
is cancelled. A cancelled transaction tells a reason for each action, in their order; SDKs do not
retry it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.errors import AwsError
from course.account.tables import changes, charges, checks, expressions
from course.account.tables.changes import IS_CONFLICT, Change
from course.account.tables.charges import Charge
from course.account.tables.reading import shown
from course.account.tables.request import (
    CONDITION_FAILED,
    Answer,
    Request,
    answers,
    ask_moto,
)
from course.account.tables.store import Table
from course.account.tables.values import image, wire
from course.account.tables.writing import failed_write, within_size
from course.telemetry.tables.partitions import READ, WRITE
from course.telemetry.tables.sizes import item_size
from course.telemetry.tables.units import Consistency, change_units, read_units

TEN_MINUTES = 600_000
CANCELLED = "TransactionCanceledException"
NO_REASON = {"Code": "None"}
METHODS = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}
Reason = dict[str, Any]


@dataclass
class _Action:
    """One action. kind: Put, Update, Delete or ConditionCheck."""

    kind: str
    parameters: dict[str, Any]
    table: Table
    key: dict[str, Any]
    problem: AwsError | None = None
    change: Change | None = None

    @property
    def new(self) -> Mapping[str, Any] | None:
        return self.parameters.get("Item")


@dataclass(frozen=True)
class _Done:
    """A request that was carried out under a token."""

    payload: str
    until: int
    taken: tuple[Charge, ...]


def cancelled(reasons: list[Reason]) -> AwsError:
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = "Transaction cancelled, please refer cancellation reasons for specific reasons"
    return AwsError(CANCELLED, f"{message} [{codes}]", CancellationReasons=reasons)


@answers("TransactWriteItems")
def transact_write_items(request: Request) -> Answer:
    repeated = _repeated(request)
    if repeated is not None:
        request.takes(repeated)
        return _answer(request)
    actions = _actions(request)
    reasons = _attempts(request, actions)
    if any(reasons):
        _undo(actions)
        charges.take(_consumed_anyway(request, actions), request.now)
        raise cancelled([reason or NO_REASON for reason in reasons])
    _settle(request, actions)
    _remember(request)
    return _answer(request)


def _actions(request: Request) -> list[_Action]:
    """The actions, checked as far as that goes without looking at an item."""
    found = []
    for each in request.parameters["TransactItems"]:
        if len(each) != 1:
            raise checks.invalid(
                "TransactItems can only contain one of Check, Put, Update or Delete"
            )
        ((kind, parameters),) = each.items()
        checks.unused_values(parameters, "ConditionExpression", "UpdateExpression")
        found.append(_action(kind, parameters, request.table(parameters["TableName"])))
    marks = [(each.table.name, checks.mark_of(each.key)) for each in found if not each.problem]
    if len(set(marks)) < len(marks):
        rule = "Transaction request cannot include multiple operations on one item"
        raise checks.invalid(rule)
    return found


def _action(kind: str, parameters: dict[str, Any], table: Table) -> _Action:
    """One action; a key of the wrong type is its own problem, an empty one the whole request's."""
    named = parameters["Item"] if kind == "Put" else parameters["Key"]
    try:
        if kind == "Put":
            checks.put(table, named)
        else:
            checks.key(table, named)
    except AwsError as error:
        if error.message == checks.TOO_LARGE or checks.names_empty_key(error):
            raise
        return _Action(kind, parameters, table, {}, problem=error)
    return _Action(kind, parameters, table, table.key_of(named))


def _attempts(request: Request, actions: list[_Action]) -> list[Reason | None]:
    """Carry out every action; if anything but an action's own error happens, nothing was done."""
    try:
        return [_attempt(request, action) for action in actions]
    except BaseException:
        _undo(actions)
        raise


def _attempt(request: Request, action: _Action) -> Reason | None:
    """Carry out one action; the reason why not."""
    if action.problem is not None:
        return _reason(action.problem)
    if changes.is_ongoing(request, action.table, action.key):
        request.count("TransactionConflict", 1, action.table.name)
        return {"Code": "TransactionConflict", "Message": IS_CONFLICT}
    try:
        with changes.change(request, action.table, action.key) as change:
            action.change = change
            if "ConditionExpression" in action.parameters:
                expressions.condition(request, action.parameters, change.kept)
            if action.kind in METHODS:
                ask_moto(request, METHODS[action.kind], action.parameters)
        within_size(change)
    except AwsError as error:
        return _reason(error)
    return None


def _reason(error: AwsError) -> Reason:
    """An item's own error among the reasons; one that is the whole request's goes on."""
    codes = {
        CONDITION_FAILED: "ConditionalCheckFailed",
        checks.INVALID: "ValidationError",
        "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
    }
    if error.code not in codes:
        raise error
    return {"Code": codes[error.code], "Message": error.message, **error.members}


def _undo(actions: list[_Action]) -> None:
    for action in actions:
        if action.change is not None:
            action.change.undo()


def _consumed_anyway(request: Request, actions: list[_Action]) -> list[Charge]:
    """A cancelled transaction has consumed what the table's share would have been."""
    found = [
        failed_write(action.change, action.new, transactional=True)
        for action in actions
        if action.change is not None
    ]
    request.taken += found
    return found


def _settle(request: Request, actions: list[_Action]) -> None:
    """Pay for the transaction, hold its items for as long as it takes, and tell the streams."""
    made = [(action, action.change) for action in actions if action.change is not None]
    wanted = [charge for action, change in made for charge in _charges(action, change)]
    refused = request.tries(wanted)
    if refused:
        _undo(actions)
        raise cancelled([_refused(action, refused) for action in actions])
    until = request.now + request.time()
    _forget(request)
    for action, change in made:
        request.tables.ongoing[action.table.name, checks.mark_of(action.key)] = until
        change.settle(request)


def _charges(action: _Action, change: Change) -> list[Charge]:
    if action.kind != "ConditionCheck":
        return change.charges(transactional=True)
    size = None if change.before is None else item_size(change.before)
    units = change_units(size, size, transactional=True)
    return [Charge(action.table, WRITE, {action.table.position(action.key): units})]


def _refused(action: _Action, refused: list[charges.Refusal]) -> Reason:
    for each in refused:
        if each.table is action.table:
            return {"Code": each.cancellation, "Message": each.message}
    return NO_REASON


def _answer(request: Request) -> Answer:
    found = request.consumed(transactional=True)
    return {"ConsumedCapacity": found} if found else {}


# -- idempotency, and what is under way ------------------------------------------------------------


def _repeated(request: Request) -> list[Charge] | None:
    """What repeating a request under its token costs; None for a new one."""
    token = request.parameters.get("ClientRequestToken", "")
    known: _Done | None = request.tables.tokens.get(token)
    if known is None or known.until <= request.now:
        return None
    if known.payload != _payload(request):
        message = "The request parameters are different from the ones used with this token before."
        raise AwsError("IdempotentParameterMismatchException", message)
    for charge in known.taken:
        request.table(charge.table.name)
    return [Charge(each.table, READ, each.spread, each.index) for each in known.taken]


def _remember(request: Request) -> None:
    token = request.parameters.get("ClientRequestToken")
    if token is not None:
        until = request.now + TEN_MINUTES
        request.tables.tokens.pop(token, None)  # the latest come last
        request.tables.tokens[token] = _Done(_payload(request), until, tuple(request.taken))


def _payload(request: Request) -> str:
    return json.dumps(wire(request.parameters["TransactItems"]), sort_keys=True)


def _forget(request: Request) -> None:
    """Drop what is over: items that are free again, tokens that have lost their meaning."""
    tables, now = request.tables, request.now
    for mark in [mark for mark, until in tables.ongoing.items() if until <= now]:
        del tables.ongoing[mark]
    while tables.tokens:
        oldest = next(iter(tables.tokens))
        if tables.tokens[oldest].until > now:
            break
        del tables.tokens[oldest]


# -- reading ---------------------------------------------------------------------------------------


@answers("TransactGetItems")
def transact_get_items(request: Request) -> Answer:
    wanted = [each["Get"] for each in request.parameters["TransactItems"]]
    found, reasons, costs = [], [], []
    for each in wanted:
        table = request.table(each["TableName"])
        checks.key(table, each["Key"])
        ongoing = changes.is_ongoing(request, table, each["Key"])
        reason = {"Code": "TransactionConflict", "Message": IS_CONFLICT} if ongoing else None
        reasons.append(reason)
        item = table.held(each["Key"])
        paths = expressions.sole_projection(request, each)
        found.append({} if item is None else {"Item": shown(item, paths)})
        size = 0 if item is None else item_size(image(item) or {})
        units = read_units(size, Consistency.TRANSACTIONAL)
        costs.append(Charge(table, READ, {table.position(each["Key"]): units}))
    if any(reasons):
        raise cancelled([reason or NO_REASON for reason in reasons])
    refused = request.tries(costs)
    if refused:
        listed = [{"Code": refused[0].cancellation, "Message": refused[0].message}] * len(costs)
        raise cancelled(listed)
    return {"Responses": found, **_answer(request)}
