"""Watch a kernel in which a student's cells and the checks on them share one Python.

Three looks, each blind where another sees:

- canaries: around each check, cells that must fail, or must give exactly one result. Their texts
  are new each time and go on like the check itself, so what spares one spares the other;
- `sandbox.integrity`: a thread in the kernel tells what was replaced, and which cell looked into
  frames. It answers over a socket of its own, signed;
- `scan`: words in a student's code that an honest answer rarely needs. A note, no more.

What the first two find holds a submission: its points stand, and a person must look. Values are
not seen: an object that is equal to everything passes a check that only compares.
"""

from __future__ import annotations

import ast
import asyncio
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from queue import Empty
from random import Random
from typing import Any

from course.grading.runs import Cell, Job

# Seconds for an answer of a kernel that has nothing else to do, on a busy machine.
PATIENCE = 10
OFTEN = 1 / 3
# How much of a check stands behind a canary.
LIKE = 600
HELD = "held: "
NOTED = "see "
LARGEST = 1 << 16

WORDS = re.compile(
    r"get_ipython|_getframe|\bIn\[|__eq__|__ne__|ast_transformers|input_transformers|"
    r"events\.register|\bctypes\b|os\.fork|gc\.get_|inspect\.(?:stack|currentframe)|tb_frame|"
    r"\bf_(?:back|locals|globals)\b|settrace|linecache|course\.(?:grading|telemetry|incidents)"
)


def scan(job: Job) -> list[str]:
    """Notes on a student's own code: words that tests are attacked with, and honest people rarely
    need. course.*: only where none of the lesson's own cells uses it."""
    lesson = "\n".join(cell.source for cell in job.cells if cell.role == "locked")
    usual = set(WORDS.findall(lesson))
    notes = []
    for cell in job.cells:
        if cell.role == "answer":
            found = sorted(set(WORDS.findall(cell.source)) - usual)
            notes += [f"{NOTED}{cell.name}: uses {', '.join(found)}"] if found else []
    return notes


def defined(source: str) -> list[str]:
    """The names that a cell gives to modules, functions and classes."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    names: list[str] = []
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(one.name)
        elif isinstance(one, ast.Import | ast.ImportFrom):
            names += [(each.asname or each.name).partition(".")[0] for each in one.names]
    return names


def told(problem: str, where: str) -> str:
    """The flag for something that was found in a kernel."""
    return problem if problem.startswith(NOTED) else f"{HELD}{problem} ({where})"


@dataclass(frozen=True)
class Canary:
    """A cell with a known outcome. error, result: the only text of that kind that it may give."""

    source: str
    what: str
    error: str | None = None
    result: str | None = None


def must_fail(check: str, chance: Random) -> Canary:
    """A cell that begins with asserts that do not hold and goes on like the check."""
    token, other = _words(chance)
    low, high = chance.randint(2, 400), chance.randint(500, 900)
    lines = []
    for call in _comparisons(check, chance):
        lines += ["try:", f"    {call.format(low, high)}", "except AssertionError:", "    pass"]
        lines += ["else:", f"    raise RuntimeError({other!r})"]
    lines += [f"assert {low} == {high}, {token!r}", _beginning(check)]
    return Canary("\n".join(lines), "an assert that must fail", error=token)


def must_show(chance: Random) -> Canary:
    """A cell whose last expression has a value."""
    token, other = _words(chance)
    return Canary(f"{token!r} + {other!r}", "a result that must show", result=repr(token + other))


def _words(chance: Random) -> tuple[str, str]:
    return f"{chance.getrandbits(64):x}", f"{chance.getrandbits(64):x}"


def _comparisons(check: str, chance: Random) -> list[str]:
    """Calls of testing modules that must fail: those that the check uses, or any one of them."""
    series = "__import__('pandas').Series"
    calls = {
        "np.testing": f"{{way}}.{chance.choice(_NUMPY)}({{{{}}}}, {{{{}}}})",
        "pd.testing": f"{{way}}.assert_series_equal({series}({{{{}}}}), {series}({{{{}}}}))",
    }
    used = [way for way in calls if re.search(rf"\b{way}\b", check)]
    way = chance.choice(list(calls))
    return [calls[one].format(way=one) for one in used] or [calls[way].format(way=_IMPORTED[way])]


_NUMPY = ("assert_equal", "assert_allclose", "assert_array_equal", "assert_array_almost_equal")
_IMPORTED = {
    "np.testing": "__import__('numpy.testing').testing",
    "pd.testing": "__import__('pandas.testing').testing",
}


def _beginning(check: str) -> str:
    """The first statements of a check."""
    try:
        body = ast.parse(check).body
    except SyntaxError:
        return ""
    lines = check.split("\n")
    kept = 0
    for one in body:
        end = one.end_lineno or 0
        if kept and len("\n".join(lines[:end])) > LIKE:
            break
        kept = end
    return "\n".join(lines[:kept])


class Watch:
    """One kernel's guard. client: its channels, on which no request is pending.

    guard: the kernel's answering thread; None where it has none: then canaries only.
    """

    def __init__(self, client: Any, guard: Any | None) -> None:
        self.client, self.guard = client, guard
        self.chance = Random(secrets.randbits(128))

    async def ran(self, cell: Cell) -> None:
        """Call this when a cell of the lesson has run."""
        if cell.role == "locked" and self.guard and (names := defined(cell.source)):
            await self._ask("mark", names)

    async def problems(self, check: Cell, every: bool) -> list[str]:
        """What is wrong in the kernel now, before or behind a check. every: with every canary; else
        some of them, by chance, for they take time."""
        found = await self.looked(check)
        found += await self._sent(must_fail(check.source, self.chance))
        if every or self.chance.random() < OFTEN:
            found += await self._sent(must_show(self.chance))
        return found

    async def looked(self, check: Cell) -> list[str]:
        """What the kernel's guard sees; nothing of the check's text goes there."""
        if self.guard is None:
            return []
        found = await self._ask("look", [])
        used = set(re.findall(r"\w+", check.source))
        return [line for one in found if (line := _own(one, used))]

    async def _ask(self, command: str, names: list[str]) -> list[str]:
        nonce = secrets.token_hex(8)
        request = "\n".join([nonce, command, *names]).encode()
        loop = asyncio.get_running_loop()
        guard = self.guard
        assert guard is not None
        try:
            guard.end.send(request)
            until = time.monotonic() + PATIENCE
            while (left := until - time.monotonic()) > 0:
                answer = await asyncio.wait_for(loop.sock_recv(guard.end, LARGEST), left)
                sign, text = answer[:32], answer[32:]
                if not answer:
                    break
                if not hmac.compare_digest(sign, hmac.digest(guard.key, text, "sha256")):
                    return ["the kernel's guard is not its own"]
                lines = text.decode().split("\n")
                if lines[0] == nonce:
                    return lines[1:]
        except (OSError, TimeoutError):
            pass
        return ["the kernel's guard does not answer"]

    async def _sent(self, canary: Canary) -> list[str]:
        began = time.monotonic()
        asked = self.client.execute(
            canary.source, store_history=False, allow_stdin=False, stop_on_error=False
        )
        try:
            until = began + PATIENCE
            errors, results = await self._heard(asked, until)
            reply = await self._replied(asked, until)
        except Empty:
            return [f"no answer to {canary.what}"]
        right = (
            errors == [text for text in (canary.error,) if text]
            and results == [text for text in (canary.result,) if text]
            and reply == (canary.error or "ok")
        )
        return [] if right else [f"{canary.what} does not"]

    async def _heard(self, asked: str, until: float) -> tuple[list[str], list[str]]:
        """Errors and results until the kernel is idle. Threads print where they like, so prints do
        not count."""
        errors: list[str] = []
        results: list[str] = []
        while True:
            said = await self.client.get_iopub_msg(timeout=max(0.0, until - time.monotonic()))
            if said["parent_header"].get("msg_id") != asked:
                continue
            kind, content = said["msg_type"], said["content"]
            if kind == "status" and content.get("execution_state") == "idle":
                return errors, results
            if kind == "error":
                errors.append(str(content.get("evalue")))
            elif kind == "execute_result":
                results.append(str(content.get("data", {}).get("text/plain")))

    async def _replied(self, asked: str, until: float) -> str:
        while True:
            reply = await self.client.get_shell_msg(timeout=max(0.0, until - time.monotonic()))
            if reply["parent_header"].get("msg_id") == asked:
                content = reply["content"]
                return str(content.get("evalue") if content["status"] == "error" else "ok")


def _own(line: str, used: set[str]) -> str | None:
    """A student's function may be called `sum`; it matters to a check that asks for Python's."""
    kind, _, name = line.partition("own:")
    if kind or not name:
        return line
    return f"{name} is not Python's own" if name in used else None
