"""The functions that make and write maps and lists.

Source: CloudWatch Logs User Guide, "JSON functions" and "Structure types". A map or list given to
jsonParse is missing, as for every function of texts. jsonStringify writes without blanks; for what
is neither map nor list it is missing.
"""

from __future__ import annotations

from course.insights.functions import Function, Written
from course.insights.nested import document
from course.insights.values import Kind, Value, call, case, cast, missing, text


def _parse(written: Written) -> Value:
    return Value(call("json_structure", text(written.values[0])), Kind.MAP)


def _stringify(written: Written) -> Value:
    whole = document(written.values[0])
    if whole is None:
        return Value(missing().sql, Kind.TEXT)
    plain = cast(call("json", whole), "VARCHAR")
    return Value(case([(call("is_container", whole), plain)]), Kind.TEXT)


_FUNCTIONS = (
    Function("jsonParse", 1, 1, _parse, "jsonParse(@message)", "a map or a list, or missing"),
    Function("jsonStringify", 1, 1, _stringify, "jsonStringify(jsonParse(@message))", "as JSON"),
)
JSON_FUNCTIONS = {function.name.lower(): function for function in _FUNCTIONS}
