"""Filter expressions: which traces a search, a group or a graph takes.

Follows the X-Ray developer guide, "Use filter expressions": boolean, number and string keywords,
service() and edge() with id(), annotation.key and annotation[key], group.name and group.arn, root
causes and rootcause.json. `!` binds tightest, then AND, then OR; conditions that stand next to each
other are joined by AND (the guide's `ok !partial duration <3`). Keywords and operators may be
written in upper or lower case (`responseTime`, `and`); values are compared exactly.

The guide does not say, so these are choices: a comparison with something that is not set is false,
also with !=; of several values (users, annotations) one has to agree; values of another type than
the annotation's never agree. A group's own filter may not name the group.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from lark import Lark
from lark.lexer import Token

from course.telemetry.errors import RuleError, point_at
from course.telemetry.grammar import Language, Node
from course.telemetry.xray import filter_keywords as words
from course.telemetry.xray.filter_nodes import (
    And,
    Annotation,
    AtEdge,
    AtRootCause,
    AtService,
    Compare,
    Filter,
    Flag,
    IsSet,
    LikeJson,
    Literal,
    Not,
    Or,
    Selector,
)

CODE = "InvalidRequestException"
PROBLEM = "Invalid filter expression"
_OPERATOR = "an operator (= != < <= > >= CONTAINS BEGINSWITH ENDSWITH)"

_LANGUAGE = Language(
    name=PROBLEM,
    code=CODE,
    grammar=r"""
        start: either
        ?either: both (_OR both)*
        ?both: negated (_AND? negated)*
        ?negated: "!" negated -> negation
            | "(" either ")"
            | WORD -> plain
            | WORD OP (STRING | NUMBER | TRUTH | JSON) -> compare
            | WORD "{" either "}" -> rootcause
            | SERVICE "(" [selector] ")" ["{" either "}"] -> at_service
            | EDGE "(" selector "," selector ")" ["{" either "}"] -> at_edge
        selector: STRING | ID "(" pair ("," pair)* ")"
        pair: WORD ":" STRING
        _AND.3: /and\b/i
        _OR.3: /or\b/i
        OP.3: /!=|<=|>=|=|<|>|(contains|beginswith|endswith)\b/i
        SERVICE.2: /service(?=\s*\()/i
        EDGE.2: /edge(?=\s*\()/i
        ID.2: /id(?=\s*\()/i
        TRUTH.2: /(true|false)\b/i
        JSON: /#\d+/
        STRING: /"(\\.|[^"\\])*"/
        NUMBER: /-?\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.])/
        WORD: /[A-Za-z_][\w.]*(\[[^\]\n]*\])?/
        %ignore /\s+/
    """,
    words={
        "_AND": "AND",
        "_OR": "OR",
        "OP": _OPERATOR,
        "WORD": "a keyword such as responsetime or annotation.key",
        "SERVICE": "service(...)",
        "EDGE": "edge(...)",
        "ID": "id(...)",
        "TRUTH": "true or false",
        "STRING": "a text in double quotes",
        "NUMBER": "a number",
        "LPAR": "'('",
        "RPAR": "')'",
        "LBRACE": "'{'",
        "RBRACE": "'}'",
        "COMMA": "','",
        "COLON": "':'",
        "BANG": "'!'",
        "$END": "the end",
    },
)


def parse(text: str, groups: Mapping[str, str] | None = None, of: str | None = None) -> Filter:
    """The tree of a filter expression; `RuleError` (InvalidRequestException) with its place.

    groups: the filter of every group by its name, and again by its ARN. of: the name of the group
    whose own filter this is.
    """
    return _Reader(text, groups or {}, frozenset() if of is None else frozenset({of})).whole()


def parse_selector(text: str) -> AtService | AtEdge:
    """An entity selector of GetTimeSeriesServiceStatistics: id(...), service(...) or edge(...)."""
    is_id = re.match(r"\s*id\s*\(", text, re.IGNORECASE)
    found = parse(f"service({text})" if is_id else text)
    if not isinstance(found, AtService | AtEdge):
        raise RuleError(CODE, "Invalid entity selector expression: use id(), service() or edge().")
    return found


@cache
def _parser() -> Lark:
    return _LANGUAGE.build()


@dataclass
class _Reader:
    """Reads one expression. open_groups: those whose filters are being read around this one."""

    text: str
    groups: Mapping[str, str]
    open_groups: frozenset[str] = frozenset()
    json: list[str] = field(default_factory=list)

    def whole(self) -> Filter:
        text = self._without_json()
        try:
            tree = _LANGUAGE.parse(_parser(), text)
        except RuleError as mistake:
            self._explain_bare_word(mistake.position or 0)
            raise
        return self._filter(_node(tree.children[0]), words.TRACE)

    def _explain_bare_word(self, position: int) -> None:
        """Raise a clearer error where a word stands in the place of a value."""
        word = re.match(r"\w+", self.text[position:])
        before = re.search(r"([=<>]|contains|beginswith|endswith)\s*$", self.text[:position], re.I)
        if word is None or before is None:
            return
        if word[0].lower() in ("null", "none"):
            problem = (
                "there is no null; a keyword alone is true when it is set, ! before it negates"
            )
        else:
            problem = f'a text stands in double quotes: "{word[0]}"'
        raise self._problem(problem, position) from None

    def _without_json(self) -> str:
        """The text with every JSON value behind a # replaced by #0, #1... of the same length."""
        found, place = self.text, 0
        while (hit := _next_json(found, place)) >= 0:
            try:
                _, end = json.JSONDecoder().raw_decode(found, hit + 1)
            except ValueError:
                raise self._problem("the JSON behind # cannot be read", hit + 1) from None
            self.json.append(found[hit + 1 : end])
            mark = f"#{len(self.json) - 1}"
            found, place = found[:hit] + mark.ljust(end - hit) + found[end:], hit + len(mark)
        return found

    def _filter(self, node: Node, scope: str) -> Filter:
        parts = node.children
        match node.data:
            case "either":
                return Or(tuple(self._filter(_node(each), scope) for each in parts))
            case "both":
                return And(tuple(self._filter(_node(each), scope) for each in parts))
            case "negation":
                return Not(self._filter(_node(parts[0]), scope))
            case "plain":
                return self._plain(_token(parts[0]), scope)
            case "compare":
                word, operator, value = map(_token, parts)
                return self._compare(word, operator, value, scope)
            case "rootcause":
                return self._root_cause(_token(parts[0]), _node(parts[1]), scope)
            case "at_service":
                return self._at_service(parts, scope)
        return self._at_edge(parts, scope)

    def _at_service(self, parts: list[Node | Token], scope: str) -> Filter:
        keyword, selector, inner = parts
        self._only_for_traces(_token(keyword), scope)
        found = Selector() if selector is None else self._selector(_node(selector))
        return AtService(found, inner and self._filter(_node(inner), words.SERVICE))

    def _at_edge(self, parts: list[Node | Token], scope: str) -> Filter:
        keyword, source, target, inner = parts
        self._only_for_traces(_token(keyword), scope)
        ends = self._selector(_node(source)), self._selector(_node(target))
        return AtEdge(*ends, inner and self._filter(_node(inner), words.EDGE))

    def _selector(self, node: Node) -> Selector:
        first, *pairs = node.children
        if not pairs:
            return Selector(name=_unquoted(_token(first)))
        found: dict[str, str] = {}
        for pair in map(_node, pairs):
            key, value = map(_token, pair.children)
            name = {"name": "name", "type": "type", "account.id": "account_id"}.get(key.lower())
            if name is None:
                raise self._problem(f"id() takes name, type and account.id, not {key}", _at(key))
            found[name] = _unquoted(value)
        return Selector(**found)

    def _plain(self, word: Token, scope: str) -> Filter:
        key = _annotation_key(word)
        if key is not None:
            self._check_annotation(word, key, scope)
            return Annotation(key)
        keyword = word.lower()
        if keyword.startswith("rootcause."):
            return self._root_cause(word, None, scope)
        self._check_scope(word, keyword, scope)
        return Flag(keyword) if keyword in words.FLAGS[scope] else IsSet(keyword)

    def _compare(self, word: Token, operator: Token, value: Token, scope: str) -> Filter:
        sign, keyword = operator.upper(), word.lower()
        key = _annotation_key(word)
        if key is not None:
            self._check_annotation(word, key, scope)
            literal = self._literal(value)
            self._check_operator(operator, _operators_for(literal), f"this value of {word}")
            return Annotation(key, sign, literal)
        if keyword == "rootcause.json":
            return self._like_json(operator, value, scope)
        if keyword in ("group.name", "group.arn"):
            return self._group(word, operator, value, scope)
        self._check_scope(word, keyword, scope)
        return self._comparison(word, keyword, operator, self._literal(value), value, scope)

    def _comparison(
        self,
        word: Token,
        keyword: str,
        operator: Token,
        literal: Literal,
        value: Token,
        scope: str,
    ) -> Filter:
        if keyword in words.FLAGS[scope]:
            self._check_operator(operator, words.FLAG_OPERATORS, f"the boolean keyword {word}")
            if not isinstance(literal, bool):
                raise self._problem(f"{word} is compared with true or false", _at(value))
            return Flag(keyword) if literal == (operator == "=") else Not(Flag(keyword))
        if keyword in words.NUMBERS[scope]:
            self._check_operator(operator, words.NUMBER_OPERATORS, f"the number keyword {word}")
            if isinstance(literal, str | bool):
                raise self._problem(f"{word} is compared with a number", _at(value))
        else:
            self._check_operator(operator, words.TEXT_OPERATORS, f"the string keyword {word}")
            if not isinstance(literal, str):
                raise self._problem(f"{word} is compared with a text in quotes", _at(value))
        return Compare(keyword, operator.upper(), literal)

    def _root_cause(self, word: Token, inner: Node | None, scope: str) -> Filter:
        self._only_for_traces(word, scope)
        first, _, rest = word.lower().partition(".")
        kind, _, element = rest.partition(".")
        right = first == "rootcause" and kind in words.CAUSES and (element in words.ELEMENTS)
        if not right and not (inner is None and first == "rootcause" and rest in words.CAUSES):
            raise self._unknown(word, word.lower())
        if not element:
            return AtRootCause(kind)
        list_scope = words.ELEMENTS[element]
        return AtRootCause(kind, element, inner and self._filter(inner, list_scope))

    def _like_json(self, operator: Token, value: Token, scope: str) -> Filter:
        if value.type != "JSON" or scope != words.TRACE:
            raise self._problem("rootcause.json is compared with JSON behind a #", _at(value))
        self._check_operator(operator, words.FLAG_OPERATORS, "rootcause.json")
        found = LikeJson(self.json[int(value[1:])])
        return found if operator == "=" else Not(found)

    def _group(self, word: Token, operator: Token, value: Token, scope: str) -> Filter:
        self._only_for_traces(word, scope)
        self._check_operator(operator, words.FLAG_OPERATORS, str(word))
        name = self._literal(value)
        if not isinstance(name, str) or name not in self.groups:
            raise self._problem(f"there is no group {value}", _at(value))
        if name in self.open_groups:
            raise self._problem(
                f"the filter of the group {value} names the group itself", _at(value)
            )
        reader = _Reader(self.groups[name], self.groups, self.open_groups | {name})
        found = reader.whole() if self.groups[name].strip() else And(())
        return found if operator == "=" else Not(found)

    def _literal(self, value: Token) -> Literal:
        if value.type == "STRING":
            return _unquoted(value)
        if value.type == "NUMBER":
            return float(value)
        if value.type == "JSON":
            raise self._problem("JSON is for rootcause.json", _at(value))
        return value.lower() == "true"

    def _check_operator(self, operator: Token, allowed: tuple[str, ...], what: str) -> None:
        if operator.upper() not in allowed:
            problem = f"{what} takes {', '.join(allowed)}, not {operator}"
            raise self._problem(problem, _at(operator))

    def _check_annotation(self, word: Token, key: str, scope: str) -> None:
        if not key:
            raise self._problem("name the annotation: annotation.key or annotation[key]", _at(word))
        if "." in key and "[" not in word:
            raise self._problem(f"a key with dots needs brackets: annotation[{key}]", _at(word))
        if scope not in words.ANNOTATED:
            raise self._problem(f"annotations cannot be used in {scope}", _at(word))

    def _check_scope(self, word: Token, keyword: str, scope: str) -> None:
        if keyword in words.in_scope(scope):
            return
        elsewhere = words.scopes_of(keyword)
        if not elsewhere:
            raise self._unknown(word, keyword)
        here = "for a whole trace" if scope == words.TRACE else f"inside {scope}"
        places = ", ".join("a trace" if each == words.TRACE else each for each in elsewhere)
        problem = f"{word} means nothing {here}; it is a keyword of {places}"
        raise self._problem(problem, _at(word))

    def _only_for_traces(self, word: Token, scope: str) -> None:
        if scope != words.TRACE:
            raise self._problem(f"{word} cannot stand inside {scope}", _at(word))

    def _unknown(self, word: Token, keyword: str) -> RuleError:
        if keyword == "not":
            return self._problem("there is no keyword NOT; write ! before a condition", _at(word))
        close = get_close_matches(keyword, words.known(), 1, 0.6)
        hint = f"; did you mean {close[0]}?" if close else ""
        return self._problem(f"there is no keyword {word}{hint}", _at(word))

    def _problem(self, problem: str, position: int) -> RuleError:
        return RuleError(CODE, point_at(self.text, position, f"{PROBLEM}: {problem}"), position)


def _next_json(text: str, start: int) -> int:
    """Where the next # stands that is outside of quotes and before a bracket; -1 if nowhere."""
    for hit in re.finditer(r'"(?:\\.|[^"\\])*"|#(?=\s*[\[{])', text[start:]):
        if hit[0] == "#":
            return start + hit.start()
    return -1


def _annotation_key(word: Token) -> str | None:
    """The key that annotation.key or annotation[key] names; None for any other keyword."""
    found = re.fullmatch(r"annotation(?:\.(?P<plain>.*)|\[(?P<bracketed>.*)\]|)", word, re.I)
    return None if found is None else (found["plain"] or found["bracketed"] or "").strip()


def _operators_for(literal: Literal) -> tuple[str, ...]:
    if isinstance(literal, bool):
        return words.FLAG_OPERATORS
    return words.TEXT_OPERATORS if isinstance(literal, str) else words.NUMBER_OPERATORS


def _unquoted(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _at(token: Token) -> int:
    return token.start_pos or 0


def _token(part: Node | Token) -> Token:
    assert isinstance(part, Token)
    return part


def _node(part: Node | Token) -> Node:
    assert not isinstance(part, Token)
    return part
