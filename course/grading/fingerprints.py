"""Fingerprints of code that survive new names, comments, blanks and a new order of functions.

Winnowing (Schleimer, Wilkerson, Aiken: Winnowing: Local Algorithms for Document Fingerprinting,
SIGMOD 2003): of every WINDOW neighbouring runs of RUN tokens, the one with the smallest hash is
kept. A passage of RUN + WINDOW - 1 tokens that two texts share gives both a common fingerprint.

Tokens are Python's (tokenize). A name that the author chose is one token like any other; keywords,
builtins, attributes and names of arguments stay, for in this course they are most of an answer, and
so do numbers and the words in a text, for an answer may be a query in quotes.
"""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

RUN, WINDOW = 12, 8
# An answer is a few thousand characters; what lies behind these is not compared.
LONGEST = 100_000
KEPT = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])
WORD = re.compile(r"\w+|[^\w\s]")
TEXT_WORD = re.compile(r"\w+|[^\w\s'\"]")
PREFIX = re.compile(r"^[A-Za-z]*")
SKIPPED = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}
NAME = "name"
Token = tuple[str, int]


@dataclass(frozen=True)
class Fingerprint:
    """A passage's hash, and the lines from its first token to its last, from 1 on."""

    code: bytes
    first: int
    last: int


def fingerprints(source: str, without: Collection[bytes] = ()) -> list[Fingerprint]:
    """Those of a text. without: hashes of runs that may be in it and shall not count."""
    found = tokens(source)
    # Of equal hashes the last counts, as the paper has it: it stays the smallest for longer.
    ranked = [(code, -at) for at, code in enumerate(_hashes(found)) if code not in without]
    windows = range(max(1, len(ranked) - WINDOW + 1))
    chosen = {min(ranked[start : start + WINDOW]) for start in windows if ranked}
    passages = sorted((-place, code) for code, place in chosen)
    return [Fingerprint(code, found[at][1], found[at + RUN - 1][1]) for at, code in passages]


def runs(source: str) -> set[bytes]:
    """The hash of every run of RUN tokens."""
    return set(_hashes(tokens(source)))


def _hashes(found: list[Token]) -> Iterator[bytes]:
    words = [word for word, _ in found]
    for start in range(len(words) - RUN + 1):
        yield _hash(words[start : start + RUN])


def _hash(words: list[str]) -> bytes:
    # Python's own hash of a text differs from process to process.
    return blake2b("\n".join(words).encode("utf-8", "replace"), digest_size=8).digest()


def tokens(source: str) -> list[Token]:
    """(token, its line); a name that the author chose is NAME."""
    text = source[:LONGEST]
    try:
        return list(_python(text))
    except (tokenize.TokenError, SyntaxError):
        # Unfinished, or a cell of another language.
        return list(_without_names(_words(text, 1, WORD)))


def _python(text: str) -> Iterator[Token]:
    """Names in code are told from words in a text by going through them apart."""
    code: list[Token] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            # A mark in its place, so that the code around it stays code.
            code.append(("''", token.start[0]))
            code += [(f"'{word}", line) for word, line in _text(token)]
        elif token.type not in SKIPPED:
            code.append((token.string, token.start[0]))
    return _without_names(iter(code))


def _text(token: tokenize.TokenInfo) -> Iterator[Token]:
    return _words(PREFIX.sub("", token.string), token.start[0], TEXT_WORD)


def _words(text: str, first: int, kind: re.Pattern[str]) -> Iterator[Token]:
    for number, line in enumerate(text.split("\n"), start=first):
        for word in kind.findall(line):
            yield word, number


def _without_names(found: Iterator[Token]) -> Iterator[Token]:
    depth, before = 0, ""
    for (word, line), (behind, _) in pairwise([*found, ("", 0)]):
        depth += (word in "([{") - (word in ")]}")
        argument = depth > 0 and behind == "="
        chosen = word.isidentifier() and not (argument or before == "." or word in KEPT)
        yield (NAME if chosen else word), line
        before = word
