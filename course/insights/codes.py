"""Hexadecimal texts: hexToAscii, hexToDec, decToHex.

Source: CloudWatch Logs User Guide, "String functions". Upper and lower case digits, with or without
`0x`, and a sign before it; 64 bits at most. What is no such text is missing.
"""

from __future__ import annotations

from course.insights.functions import Function, Written
from course.insights.values import Kind, Value, call, number, text


def _to_ascii(written: Written) -> Value:
    return Value(call("hex_text", text(written.values[0])), Kind.TEXT)


def _to_decimal(written: Written) -> Value:
    return Value(call("hex_number", text(written.values[0])), Kind.NUMBER)


def _to_hex(written: Written) -> Value:
    return Value(call("number_hex", number(written.values[0])), Kind.TEXT)


_FUNCTIONS = (
    Function("hexToAscii", 1, 1, _to_ascii, 'hexToAscii("48656c6c6f")', "the text of those bytes"),
    Function("hexToDec", 1, 1, _to_decimal, 'hexToDec("0xff")', "hexadecimal to number"),
    Function("decToHex", 1, 1, _to_hex, "decToHex(255)", "0x and small letters; no fraction"),
)
CODE_FUNCTIONS = {function.name.lower(): function for function in _FUNCTIONS}
