"""Inside a kernel: is what check cells rely on still what it was before a student's code ran?

A thread answers the grader over a socket of its own, past everything that a cell can hook into. It
compares functions and classes (of Python's builtins, numpy's and pandas' testing, the course, the
kernel itself) with what they were at the start, looks for functions from cells where only those of
packages belong, and tells of cells that looked into frames or reached for Python's inside: Python
reports both to an audit hook, which nobody can remove.

Loaded as a copy that no name leads to, with builtins of its own (see `private`), so what a student
replaces is not what looks. Python has no walls within a process; this one's bricks are the answers'
authenticator and that reaching behind it (`gc`, `ctypes`, frames) is itself reported.
"""

from __future__ import annotations

import _thread
import builtins
import hmac
import importlib.util
import operator
import os
import socket
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

LARGEST = 1 << 16
# Replies carry at most so many problems; one is enough to hold a submission.
MOST = 20
_CODE = (types.FunctionType, types.BuiltinFunctionType, type)
_METHODS = (types.FunctionType, staticmethod, classmethod, property)
# Whose functions check cells, or what runs them, call by name.
_WATCHED = (
    *("IPython", "course", "ipykernel", "jupyter_client.session", "numpy.testing"),
    *("pandas._testing", "pandas.testing", "unittest"),
)
_SINGLE = (
    *("ast", "boto3", "builtins", "collections", "functools", "inspect", "itertools", "json"),
    *("math", "numpy", "operator", "pandas", "random", "re", "statistics"),
)
_FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame"})
_REPLACED = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__bases__", "__class__"})
_REACHING = {
    **{f"gc.{name}": f"gc.{name}" for name in ("get_objects", "get_referrers", "get_referents")},
    "sys._getframe": "frames",
    "sys._current_frames": "frames",
    "sys._current_exceptions": "frames",
    "os.fork": "os.fork",
    "os.forkpty": "os.fork",
    "ctypes.dlopen": "ctypes",
    "ctypes.dlsym": "ctypes",
    "ctypes.cdata": "ctypes",
}
_EVENTS = frozenset({*_REACHING, "object.__getattr__", "object.__setattr__"})


def private() -> Any:
    """A copy of this module that `sys.modules` does not know."""
    spec = importlib.util.find_spec(__name__)
    assert spec is not None and spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    copy.__dict__["__builtins__"] = dict(vars(builtins))
    spec.loader.exec_module(copy)
    return copy


def watch(shell: Any, fd: int) -> None:
    """Note how things are and answer the grader from now on. The key comes first."""
    end = socket.socket(fileno=fd)
    key = end.recv(LARGEST)
    peeks = Peeks()
    look = Integrity(shell, peeks)
    _thread.start_new_thread(_answer, (end, key, look, hmac.digest))


def _answer(end: socket.socket, key: bytes, look: Integrity, sign: Callable[..., bytes]) -> None:
    while request := end.recv(LARGEST):
        nonce, command, *names = request.decode().split("\n")
        try:
            found = look.mark(names) if command == "mark" else look.problems()
        except Exception as error:
            # Something that a student made answers in its own way.
            found = [f"the kernel cannot be looked at ({type(error).__name__})"]
        text = "\n".join([nonce, *found[:MOST]]).encode("utf-8", "replace")[: LARGEST // 2]
        end.send(sign(key, text, "sha256") + text)


class Trusted:
    """Which code is a package's, by the file that it was compiled from."""

    def __init__(self) -> None:
        course = next(iter(sys.modules["course"].__path__))
        folders = {sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), course}
        self.folders = tuple(f"{os.path.realpath(one)}{os.sep}" for one in folders) + tuple(
            f"{one}{os.sep}" for one in folders
        )

    def file(self, name: str) -> bool:
        return name.startswith((*self.folders, "<frozen "))

    def value(self, value: Any) -> bool:
        """Whether a function, class or module is a package's; other values are not judged."""
        kind = type(value)
        if kind is types.FunctionType:
            # Written into a package by `exec`: dataclasses and named tuples do.
            return self.file(value.__code__.co_filename) or value.__module__ != "__main__"
        if kind is types.MethodType:
            return self.value(value.__func__)
        if kind is types.ModuleType:
            return sys.modules.get(value.__name__) is value
        if isinstance(value, type):
            return value.__module__ != "__main__"
        return kind.__module__ not in ("__main__", "types", "unittest.mock", "functools")


class Peeks:
    """What cells did that only an attack on a test needs; noted by an audit hook."""

    def __init__(self) -> None:
        self.trusted = Trusted()
        self.seen: dict[str, None] = {}
        self._busy: set[int] = set()
        self._thread = _thread.get_ident
        self._frame = sys._getframe
        sys.addaudithook(self._hook())

    def _hook(self) -> Callable[[str, Any], None]:
        events, busy, thread, note = _EVENTS, self._busy, self._thread, self._note

        def hook(event: str, args: Any) -> None:
            if event in events and (me := thread()) not in busy:
                busy.add(me)
                try:
                    note(event, args)
                finally:
                    busy.discard(me)

        return hook

    def _note(self, event: str, args: Any) -> None:
        what = _REACHING.get(event)
        if event == "object.__getattr__":
            what = "frames" if args[1] in _FRAMES else None
        elif event == "object.__setattr__" and args[1] in _REPLACED:
            what = self._replaced(*args[:2])
        if what is not None and self._by_a_cell():
            self.seen[f"a cell uses {what}"] = None

    def _replaced(self, changed: Any, name: str) -> str | None:
        ours = self.trusted.value(changed if isinstance(changed, _CODE) else type(changed))
        return f"{name} of {getattr(changed, '__qualname__', 'an object')}" if ours else None

    def _by_a_cell(self) -> bool:
        # hook -> _note -> here; the frame behind them is the one that did it.
        frame: types.FrameType | None = self._frame(3)
        while frame is not None and frame.f_code.co_filename.endswith("/inspect.py"):
            frame = frame.f_back
        return frame is not None and not self.trusted.file(frame.f_code.co_filename)


class Named:
    """The functions and classes under some names of a namespace, and whether they still are."""

    def __init__(
        self, label: str, names: Any, kinds: tuple[type, ...], trusted: Callable[[Any], bool]
    ) -> None:
        self.label, self.names, self.kinds, self.trusted = label, names, kinds, trusted
        self.found = {k: v for k, v in list(names.items()) if isinstance(v, kinds)}
        self.length = len(names)

    def changed(self) -> Iterable[str]:
        now = map(self.names.get, self.found)
        if not all(map(operator.is_, now, self.found.values())):
            for name, value in self.found.items():
                if self.names.get(name) is not value:
                    yield f"{self.label}.{name} is replaced"
        if len(self.names) != self.length and self.label != "builtins":
            yield from self._added()

    def _added(self) -> Iterable[str]:
        """A module's own `len` comes before Python's, a class's own method before its base's."""
        for name in self.names.keys() - self.found.keys():
            value = self.names[name]
            if isinstance(value, self.kinds) and (name in _BUILTIN or not self._ours(value)):
                yield f"{self.label}.{name} is replaced"

    def _ours(self, value: Any) -> bool:
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        return self.trusted(value.fget if isinstance(value, property) else value)


_BUILTIN = frozenset(vars(builtins)) - {"__doc__", "__name__", "__spec__", "__loader__"}


class Integrity:
    """What there was at the start, compared with what there is."""

    def __init__(self, shell: Any, peeks: Peeks) -> None:
        self.shell, self.peeks, self.trusted = shell, peeks, peeks.trusted
        self.spaces: list[Named] = []
        self.modules: dict[str, Any] = {}
        self.late: set[str] = set()
        self.marked: dict[str, Any] = {}
        self._add_modules()
        kernel = shell.kernel
        self.parts = {
            "the shell": shell,
            "the kernel": kernel,
            "the session": kernel.session,
            "shell.display_pub": shell.display_pub,
            "shell.displayhook": shell.displayhook,
            "shell.events": shell.events,
            "shell.compile": shell.compile,
            "shell.input_transformer_manager": shell.input_transformer_manager,
        }
        self.own = {label: self._overrides(part) for label, part in self.parts.items()}
        self.types = {label: type(part) for label, part in self.parts.items()}
        for label, part in self.parts.items():
            for base in type(part).__mro__[:-1]:
                if not base.__module__.startswith(_WATCHED):
                    self.spaces.append(
                        self._named(f"{label}: {base.__name__}", vars(base), _METHODS)
                    )
        self.lists = {label: list(one) for label, one in self._lists().items()}
        self.streams = (sys.stdout, sys.stderr)

    def mark(self, names: list[str]) -> list[str]:
        """Note functions, classes and modules that the lesson's own cells have just defined."""
        space = self.shell.user_ns
        kinds = (types.FunctionType, types.ModuleType, type)
        self.marked.update({n: space[n] for n in names if isinstance(space.get(n), kinds)})
        return []

    def problems(self) -> list[str]:
        """What is not as it was, a line each."""
        self._add_modules()
        found = [*self.peeks.seen]
        for space in self.spaces:
            found += space.changed()
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                found.append(f"the module {name} is replaced")
        found += [*self._changed_parts(), *self._changed_lists(), *self._rebound()]
        if (sys.stdout, sys.stderr) != self.streams:
            found.append("sys.stdout or sys.stderr is replaced")
        return found

    def _add_modules(self) -> None:
        late = bool(self.modules)
        for name, module in list(sys.modules.items()):
            if name in self.modules or name in self.late or module is None:
                continue
            if not isinstance(module, types.ModuleType):
                if late and name.startswith(_WATCHED):
                    self.peeks.seen[f"the module {name} is no package's"] = None
            elif name in _SINGLE or name.startswith(_WATCHED):
                self.modules[name] = module
                self._add(name, module)
                if late:
                    self._look_at_late(name, module)
            elif late:
                self.late.add(name)

    def _named(self, label: str, names: Any, kinds: tuple[type, ...]) -> Named:
        return Named(label, names, kinds, self.trusted.value)

    def _add(self, name: str, module: Any) -> None:
        space = self._named(name, vars(module), _CODE)
        self.spaces.append(space)
        for one in space.found.values():
            if not isinstance(one, type) or one.__module__ != name:
                continue
            if name.startswith(_WATCHED) or one.__name__ in ("DataFrame", "Series"):
                self.spaces.append(self._named(f"{name}.{one.__name__}", vars(one), _METHODS))

    def _look_at_late(self, name: str, module: Any) -> None:
        """Imported by a cell, which may have changed it before this could look."""
        if not self.trusted.file(getattr(module, "__file__", None) or ""):
            self.peeks.seen[f"the module {name} is no package's"] = None
        for each, value in list(vars(module).items()):
            if isinstance(value, _CODE) and not self.trusted.value(value):
                self.peeks.seen[f"{name}.{each} is replaced"] = None

    def _overrides(self, part: Any) -> dict[str, Any]:
        """An object's own attributes that stand before a method of its class."""
        kind = type(part)
        return {
            name: value
            for name, value in list(vars(part).items())
            if isinstance(getattr(kind, name, None), types.FunctionType)
        }

    def _changed_parts(self) -> Iterable[str]:
        shell, kernel = self.shell, self.shell.kernel
        now = {
            "the shell": shell,
            "the kernel": kernel,
            "the session": kernel.session,
            "shell.display_pub": shell.display_pub,
            "shell.displayhook": shell.displayhook,
            "shell.events": shell.events,
            "shell.compile": shell.compile,
            "shell.input_transformer_manager": shell.input_transformer_manager,
        }
        for label, part in self.parts.items():
            if now[label] is not part or type(part) is not self.types[label]:
                yield f"{label} is replaced"
            for name, value in self._overrides(part).items():
                if self.own[label].get(name) is not value:
                    yield f"{name} of {label} is replaced"

    def _lists(self) -> dict[str, Iterable[Any]]:
        shell = self.shell
        manager = shell.input_transformer_manager
        return {
            "IPython's ast_transformers": shell.ast_transformers,
            "IPython's input transformers": [
                *(shell.input_transformers_post, *manager.cleanup_transforms),
                *(*manager.line_transforms, *manager.token_transformers),
            ],
            "the kernel's handlers": [*shell.kernel.shell_handlers.values()],
        }

    def _changed_lists(self) -> Iterable[str]:
        for label, now in self._lists().items():
            before = self.lists[label]
            now = list(now)
            same = len(now) == len(before) and all(map(_same, now, before))
            if not same:
                yield f"{label} are changed"
        for event, callbacks in list(self.shell.events.callbacks.items()):
            for callback in callbacks:
                kind = type(callback)
                known = kind in (types.FunctionType, types.MethodType)
                if not known or not self.trusted.value(callback):
                    yield f"a cell's function is called at {event}"

    def _rebound(self) -> Iterable[str]:
        space = self.shell.user_ns
        for name, value in self.marked.items():
            now = space.get(name)
            if now is not value and not self.trusted.value(now) and not _same_code(now, value):
                # An exercise may ask for a better version of a lesson's own function.
                asked = isinstance(value, types.FunctionType)
                yield f"see {name}: defined anew" if asked else f"the lesson's {name} is replaced"
        for name in _BUILTIN & space.keys():
            if isinstance(space[name], types.FunctionType | type) and not self.trusted.value(
                space[name]
            ):
                yield f"own:{name}"


def _same(now: Any, before: Any) -> bool:
    """Bound methods are made anew each time that they are asked for."""
    if type(now) is types.MethodType is type(before):
        return now.__func__ is before.__func__ and now.__self__ is before.__self__
    return now is before


def _same_code(now: Any, before: Any) -> bool:
    """A second copy of a lesson's cell, run by its reader, gives the same functions."""
    kinds = (type(now), type(before))
    return kinds == (types.FunctionType, types.FunctionType) and now.__code__ == before.__code__
