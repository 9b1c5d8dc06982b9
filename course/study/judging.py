"""One answer judged: the lesson's locked cells, the answer, its check, in a fresh `__main__`.

`run` does it in this process. `Judge` does it in another: a process that has imported what lessons
use, and forks for each answer. So an answer meets neither a notebook's variables nor its open
account, a loop that does not end can be stopped, and nobody waits for imports.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import io
import json
import linecache
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from course.errors import UserError

LONGEST = 30.0  # seconds for all cells together; the slowest honest answer takes a third of it
GRACE = 5.0  # seconds more, for code that cannot be interrupted
AGAIN = 1.0  # seconds until an answer that does not end is told so once more
MOST_PRINTED = 20_000  # characters
MOST_SAID = 4_000
FIXED, ANSWER, CHECK = "lesson's cell", "your cell", "check"


class TookTooLong(BaseException):
    """The cells did not end in time; none of an answer's `except Exception` keeps that."""


@dataclass(frozen=True)
class Verdict:
    """What running the cells came to.

    points: the value of the check's last expression, where it is a number. where: the cell in which
    it failed, "" when nothing did. said: the message. trace: lines of the answer's own frames.
    asserted: whether the check itself refused the answer. printed: by the check, or by what came
    before it where the check was not reached.
    """

    points: float | None = None
    where: str = ""
    said: str = ""
    printed: str = ""
    trace: tuple[str, ...] = ()
    asserted: bool = False

    @property
    def passed(self) -> bool:
        return not self.where


def run(
    fixed: Sequence[str],
    answer: str,
    check: str,
    names: dict[str, Any] | None = None,
    seconds: float = LONGEST,
) -> Verdict:
    """Judge one answer in this process. names: the `__main__` to run in, new when left out."""
    names = types.ModuleType("__main__").__dict__ if names is None else names
    cells = [*((FIXED, text) for text in fixed), (ANSWER, answer), (CHECK, check)]
    printed, place, result = _Capped(), FIXED, None
    try:
        with time_limit(seconds), contextlib.redirect_stdout(printed):
            for place, text in cells:
                if place == CHECK:
                    printed.clear()
                result = _execute(text, place, names)
    except (Exception, TookTooLong, SystemExit) as error:
        return _failed(error, place, answer, printed.getvalue())
    points = float(result) if isinstance(result, int | float) else None
    return Verdict(points, printed=printed.getvalue())


def _execute(source: str, place: str, names: dict[str, Any]) -> Any:
    """Run a cell; the value of a last expression is what Jupyter would show."""
    # What an answer asks of its own source, and a traceback, is answered from here.
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    tree = ast.parse(source, place)
    final = tree.body[-1] if tree.body else None
    if not isinstance(final, ast.Expr):
        exec(compile(tree, place, "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, place, "exec"), names)
    return eval(compile(ast.Expression(final.value), place, "eval"), names)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in what runs longer. In the main thread only, as signals are."""

    def stop(*_: object) -> None:
        raise TookTooLong(f"still running after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again: one alarm can end in a place where Python drops exceptions.
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class _Capped(io.StringIO):
    """Keeps the first MOST_PRINTED characters; the rest is dropped, and said to be."""

    def write(self, text: str) -> int:
        room = MOST_PRINTED - self.tell()
        if room > 0:
            super().write(text if len(text) <= room else text[:room] + "\n[more was printed]\n")
        return len(text)

    def clear(self) -> None:
        self.seek(0)
        self.truncate()


# --- what went wrong ------------------------------------------------------------------------------


def _failed(error: BaseException, place: str, answer: str, printed: str) -> Verdict:
    frames = _frames(error)
    inner = frames[-1][0] if frames else place
    asserted = isinstance(error, AssertionError) and inner == CHECK
    trace = () if asserted else _trace(error, [each for each in frames if each[0] == ANSWER])
    said = str(error) if isinstance(error, AssertionError) else f"{_kind(error)}: {error}"
    where = ANSWER if trace or place == ANSWER else place
    return Verdict(None, where, said[:MOST_SAID], printed, trace, asserted)


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    """(cell, line, function) of every frame of a cell, the outermost first."""
    found, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename in (FIXED, ANSWER, CHECK):
            found.append((code.co_filename, step.tb_lineno, code.co_name))
        step = step.tb_next
    return found


def _trace(error: BaseException, frames: list[tuple[str, int, str]]) -> tuple[str, ...]:
    """The answer's own frames, and the exception; nothing where it has no part in it."""
    last = f"{_kind(error)}: {error}"[:MOST_SAID]
    if isinstance(error, SyntaxError) and error.filename == ANSWER:
        mark = [" " * (3 + (error.offset or 1)) + "^"] if error.text else []
        shown = [f"    {(error.text or '').rstrip()}", *mark] if error.text else []
        return (f"Line {error.lineno} of your cell:", *shown, f"{_kind(error)}: {error.msg}")
    if not frames:
        return ()
    lines: list[str] = []
    for _, number, function in frames[-MOST_FRAMES:]:
        inside = "" if function == "<module>" else f", in {function}"
        code = linecache.getline(ANSWER, number).strip()
        lines += [f"Line {number} of your cell{inside}:", f"    {code}"]
    return (*lines, last)


MOST_FRAMES = 8  # a recursion without end has a thousand alike

# --- the other process ----------------------------------------------------------------------------


# Beside what account and show import themselves: what checks and answers import when they run.
WARM = (
    "json random re math hashlib uuid copy itertools statistics decimal collections functools "
    "pandas numpy boto3 botocore.config botocore.exceptions moto duckdb lark sqlglot "
    "course.account course.data course.insights course.show course.incidents.checkout "
    "course.incidents.seeds course.telemetry.world course.telemetry.emf course.study.quiz "
    "course.study.exam_sheet"
)
# Nobody looks at this process's pictures, and a kernel's own way to show them is not there.
SETTINGS = {"MPLBACKEND": "agg"}


class Judge:
    """A process that judges one answer after the other; it ends with this one."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", "from course.study import judging; judging.serve()"]
        # -P: a file random.py beside a notebook is no library.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **SETTINGS},
            start_new_session=True,  # a Ctrl-C in the notebook is not meant for it
            text=True,
            encoding="utf-8",
        )
        self._turn = threading.Lock()

    def judge(
        self,
        fixed: Sequence[str],
        answer: str,
        check: str,
        seed: str | None = None,
        seconds: float = LONGEST,
    ) -> Verdict:
        """Judge one answer. seed: COURSE_SEED while it is judged. UserError when it cannot."""
        order = {"fixed": list(fixed), "answer": answer, "check": check}
        line = json.dumps({**order, "seed": seed, "seconds": seconds})
        with self._turn:
            try:
                self._stdin.write(line + "\n")
                self._stdin.flush()
                told = self._stdout.readline()
            except BrokenPipeError:
                told = ""
            except BaseException:
                # Interrupted between question and answer: the next answer would be this one's.
                self.close()
                raise
        if not told:
            raise UserError("the process that checks answers has ended; call check again")
        made = json.loads(told)
        return Verdict(**{**made, "trace": tuple(made["trace"])})

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    @property
    def _stdout(self) -> Any:
        return self._process.stdout

    @property
    def alive(self) -> bool:
        return self._process.poll() is None and not self._stdin.closed

    def close(self) -> None:
        """End the process, and with it whatever it is judging."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._process.terminate()
        self._process.wait()
        self._stdout.close()


_shared: Judge | None = None
_one = threading.Lock()


def warm() -> Judge:
    """The judge of this process; begins one, which gets warm by itself, where there is none."""
    global _shared
    with _one:
        if _shared is None or not _shared.alive:
            if _shared is None:
                atexit.register(cool)
            else:
                _shared.close()
            _shared = Judge()
        return _shared


def cool() -> None:
    """End the judge of this process."""
    global _shared
    if _shared is not None:
        _shared.close()
        _shared = None


def serve() -> None:
    """What the other process does: get warm, then fork for each line that comes."""
    import gc
    import importlib

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    os.environ.pop("MOTO_ACCOUNT_ID", None)  # of the account that the notebook has open
    for module in WARM.split():
        importlib.import_module(module)
    _open_once()
    gc.collect()
    gc.freeze()  # forks go on sharing these pages
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(asdict(_forked(order))), flush=True)


def _open_once() -> None:
    """An account is opened and closed, so that moto is there too."""
    from course import account, data

    account.open(data.load("checkout")).close()


def _forked(order: dict[str, Any]) -> Verdict:
    """The verdict of a process that is forked for it and ends with it."""
    out, back = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(order, back)
    os.close(back)
    try:
        told = _read(out, order["seconds"] + GRACE)
    finally:
        os.close(out)
        for end in (os.killpg, os.kill):  # whatever the answer has started ends with it
            with contextlib.suppress(ProcessLookupError):
                end(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if told is None:
        return Verdict(None, ANSWER, f"TookTooLong: still running after {order['seconds']:g} s")
    try:
        made = json.loads(told)
    except ValueError:
        return Verdict(None, ANSWER, "the process in which your cell ran has ended before its end")
    return Verdict(**{**made, "trace": tuple(made["trace"])})


def _read(pipe: int, seconds: float) -> bytes | None:
    """All that comes until the other end is closed; None when it takes too long. Ends this process
    when whoever asked has ended."""
    told, until = b"", time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([pipe, sys.stdin], [], [], left)
        if sys.stdin in ready:  # one question at a time: there is nothing to read but the end
            sys.exit()
        if ready:
            piece = os.read(pipe, 1 << 16)
            if not piece:
                return told
            told += piece
    return None


def _child(order: dict[str, Any], back: int) -> None:
    """Judge, tell, end. Never returns into the loop of the process that forked."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        _quiet()
        if order["seed"] is not None:
            os.environ["COURSE_SEED"] = order["seed"]
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        module.__dict__["display"] = print  # Jupyter has it without an import
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            sys.path.insert(0, folder)
            cells = order["fixed"], order["answer"], order["check"]
            verdict = run(*cells, module.__dict__, order["seconds"])
            os.chdir("/")
        told = json.dumps(asdict(verdict)).encode()
        while told:
            told = told[os.write(back, told) :]
    finally:
        os._exit(0)


def _quiet() -> None:
    """Nothing to read, and what is written past Python's own `print` goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sink: TextIO = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stdin, sys.stdout, sys.stderr = open(os.devnull, encoding="utf-8"), sink, sink  # noqa: SIM115
