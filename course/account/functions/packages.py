"""Deployment packages: making one from text, reading one, and importing modules from one.

A package's modules are imported as they would be from /var/task ("Working with .zip file archives
for Python Lambda functions"): before anything else that is installed, and for one execution
environment alone. What a function may import besides is Python's library, what the managed runtime
brings (boto3 and what it needs) and, as a layer would, the tracing libraries and the redis client
that the course teaches. Anything else is missing, as it is on Lambda until it is packaged.

Left out: container images, compiled extensions, files opened by other ways than `open`.
"""

from __future__ import annotations

import builtins
import io
import linecache
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import PurePosixPath
from types import CodeType, ModuleType
from typing import Any

TASK_ROOT = "/var/task"
DEFAULT_FILE = "lambda_function.py"
READ_ONLY = 30
IN_RUNTIME = frozenset(
    ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3", "awslambdaric")
)
AS_IN_LAYER = frozenset(("aws_xray_sdk", "opentelemetry", "wrapt", "redis", "course"))
# One copy of these serves the whole process, for they are how calls reach the account.
ONE_COPY = frozenset(("boto3", "botocore", "s3transfer", "redis", "course"))

Files = Mapping[str, bytes]


def package(source: str | Mapping[str, str | bytes]) -> bytes:
    """A deployment package (zip) from the text of `lambda_function.py`, or from {file name: text}.

    The same input gives the same bytes, so `CodeSha256` changes only when the code does.
    """
    files = {DEFAULT_FILE: source} if isinstance(source, str) else source
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            opened.writestr(entry, content)
    return archive.getvalue()


@lru_cache(maxsize=64)
def read(archive: bytes) -> Files:
    """The files of a package by name; zipfile.BadZipFile for what is no zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {each.filename: opened.read(each) for each in opened.infolist() if not each.is_dir()}


@lru_cache(maxsize=256)
def _compiled(source: bytes, path: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


class Library(MetaPathFinder):
    """The modules of one execution environment; `open` makes them importable for a block."""

    def __init__(self, files: Files, layers: Sequence[Files] = ()) -> None:
        self._files = {f"{TASK_ROOT}/{name}": content for name, content in files.items()}
        for layer in layers:
            self._files.update({f"/opt/{name}": content for name, content in layer.items()})
        self._roots = (TASK_ROOT, "/opt/python")
        self._tops = {name for name in map(_top, self._files) if name} - ONE_COPY
        self._loaded: dict[str, ModuleType] = {}
        self._served: set[str] = set()
        self._builtins = self._own_builtins()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let imports find the package's modules; afterwards nothing of it is left in sys."""
        hidden, path = self._hide(), list(sys.path)
        sys.modules.update(self._loaded)
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            sys.path[:] = path
            for name in self._served:
                if name in sys.modules:
                    self._loaded[name] = sys.modules.pop(name)
            sys.modules.update(hidden)

    def _hide(self) -> dict[str, ModuleType]:
        """Take away modules of the process that have the same names."""
        if not any(top in sys.modules for top in self._tops):
            return {}
        names = [name for name in sys.modules if name.partition(".")[0] in self._tops]
        return {name: sys.modules.pop(name) for name in names}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the import system asks."""
        if fullname.partition(".")[0] not in self._tops:
            return None
        inner = fullname.replace(".", "/")
        for root in self._roots:
            for file in (f"{root}/{inner}/__init__.py", f"{root}/{inner}.py"):
                if file in self._files:
                    return self._spec(fullname, file)
        return self._namespace(fullname, inner)

    def _spec(self, name: str, file: str) -> ModuleSpec:
        self._served.add(name)
        is_package = file.endswith("/__init__.py")
        loader = _Loader(file, self._files, self._builtins, is_package)
        spec = ModuleSpec(name, loader, origin=file, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [str(PurePosixPath(file).parent)]
        return spec

    def _namespace(self, name: str, inner: str) -> ModuleSpec | None:
        """A folder without __init__.py, which Python takes as a package too."""
        folders = [f"{root}/{inner}" for root in self._roots]
        found = [each for each in folders if any(f.startswith(each + "/") for f in self._files)]
        if not found:
            return None
        self._served.add(name)
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = found
        return spec

    @contextmanager
    def source_lines(self) -> Iterator[None]:
        """Let tracebacks show the package's lines, for the block."""
        shown = {name: text for name, text in self._files.items() if name.endswith(".py")}
        for name, content in shown.items():
            lines = content.decode(errors="replace").splitlines(keepends=True)
            linecache.cache[name] = (len(content), None, lines, name)
        try:
            yield
        finally:
            for name in shown:
                linecache.cache.pop(name, None)

    def _own_builtins(self) -> dict[str, Any]:
        return {
            **vars(builtins),
            "__import__": self._import,
            "open": self._open,
            "input": _no_input,
        }

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        """`import` in the package's own modules: what is not there is missing."""
        top = name.partition(".")[0]
        if level == 0 and top not in self._tops and not _is_provided(top):
            raise ModuleNotFoundError(f"No module named '{top}'", name=top)
        return builtins.__import__(name, globals, locals, fromlist, level)

    def _open(self, file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        """`open` in the package's own modules: /var/task can be read, only /tmp written."""
        if isinstance(file, int):
            return open(file, mode, *rest, **options)
        path = str(PurePosixPath(TASK_ROOT) / str(file))
        if path.startswith("/tmp/"):
            return open(path, mode, *rest, **options)
        if set(mode) & set("wax+"):
            raise OSError(READ_ONLY, "Read-only file system", str(file))
        if path not in self._files:
            return open(file, mode, *rest, **options)
        content = io.BytesIO(self._files[path])
        return content if "b" in mode else io.TextIOWrapper(content, encoding="utf-8")


class _Loader(InspectLoader):
    """Executes one file of a package as a module."""

    def __init__(
        self, file: str, files: Files, own_builtins: dict[str, Any], is_package: bool
    ) -> None:
        self._file = file
        self._files = files
        self._builtins = own_builtins
        self._is_package = is_package

    def is_package(self, fullname: str) -> bool:
        return self._is_package

    def get_source(self, fullname: str) -> str:
        return self._files[self._file].decode()

    def get_code(self, fullname: str) -> CodeType:
        return _compiled(self._files[self._file], self._file)

    def get_data(self, path: str) -> bytes:
        """For importlib.resources and pkgutil: another file of the package."""
        if path not in self._files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return self._files[path]

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = self._builtins
        exec(self.get_code(module.__name__), module.__dict__)


def _top(path: str) -> str | None:
    """The name under which a file of a package can be imported first; None for one that cannot."""
    for root in (TASK_ROOT, "/opt/python"):
        if path.startswith(root + "/") and path.endswith(".py"):
            return path[len(root) + 1 :].partition("/")[0].removesuffix(".py")
    return None


def _is_provided(top: str) -> bool:
    return (
        top in sys.stdlib_module_names
        or top in IN_RUNTIME
        or top in AS_IN_LAYER
        or top.startswith("_")
    )


def _no_input(prompt: object = "") -> str:
    """Nobody types into a function."""
    raise EOFError("EOF when reading a line")
