"""What becomes of errors in a function's code: types, messages and frames, as the runtime has them.

After the runtime interface client for Python (github.com/aws/aws-lambda-python-runtime-interface-
client, bootstrap.py): how a handler is found, which error types that can end in, and that a frame
of the runtime itself is not shown. Paths are those on Lambda, whatever this process runs from.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from course.account.functions.packages import TASK_ROOT
from course.account.functions.stage import Exited
from course.telemetry.functions.log_lines import Failure, stack_trace

_SITE = re.compile(r"^.*/(?:site|dist)-packages/")
_COURSE = re.compile(r"^.*/(?=course/)")
_RUNTIME = ("boto3/", "botocore/", "s3transfer/", "urllib3/", "jmespath/", "dateutil/", "six.py")


class Fault(Exception):
    """An error that the runtime reports under a type of its own."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def find_handler(name: str, load: Callable[[str], ModuleType]) -> Callable[[Any, Any], Any]:
    """The function behind a Handler setting, `module.function`; Fault where there is none."""
    try:
        module, function = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", message)
    loaded = _loaded(module, load)
    try:
        return getattr(loaded, function)
    except AttributeError:
        message = f"Handler '{function}' missing on module '{module}'"
        raise Fault("Runtime.HandlerNotFound", message) from None


def _loaded(module: str, load: Callable[[str], ModuleType]) -> ModuleType:
    try:
        return load(module.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module}': {error}"
        raise Fault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        message = f"Syntax error in module '{module}': {error}"
        fault = Fault("Runtime.UserCodeSyntaxError", message)
        fault.add_note(f'  File "{error.filename}" Line {error.lineno}\n    {error.text or ""}')
        raise fault from None


def failure_of(error: Exception) -> Failure:
    """What the log and the response tell of an exception."""
    if isinstance(error, Fault):
        return Failure(error.kind, str(error))
    frames = [_frame(each) for each in traceback.extract_tb(error.__traceback__)]
    shown = next((n for n, f in enumerate(frames) if f[0].startswith(TASK_ROOT)), len(frames))
    return Failure(type(error).__name__, str(error), tuple(frames[shown:]))


def _frame(found: traceback.FrameSummary) -> tuple[str, int, str, str]:
    return _path(found.filename), found.lineno or 0, found.name, found.line or ""


def _path(file: str) -> str:
    """Where a file lies on Lambda."""
    if file.startswith((TASK_ROOT, "/opt/", "<")):
        return file
    inner = _SITE.sub("", file)
    if inner != file:
        return f"/var/runtime/{inner}" if inner.startswith(_RUNTIME) else f"/opt/python/{inner}"
    if "/course/" in file:
        return "/opt/python/" + _COURSE.sub("", file)
    return re.sub(r"^.*/(?=python3\.\d+/)", "/var/lang/lib/", file)


def response(failure: Failure, request_id: str | None = None) -> dict[str, Any]:
    """The payload that the caller gets."""
    found: dict[str, Any] = {"errorMessage": failure.message, "errorType": failure.type}
    if request_id is not None:
        found["requestId"] = request_id
    return {**found, "stackTrace": stack_trace(failure)}


def exit_of(error: BaseException) -> tuple[str, str]:
    """Error type and message for code that ended its own process."""
    status = _status(error)
    if status == 0:
        return "Runtime.ExitError", "Runtime exited without providing a reason"
    if status > 128:
        return "Runtime.ExitError", f"Runtime exited with error: signal: {_signal(status - 128)}"
    return "Runtime.ExitError", f"Runtime exited with error: exit status {status}"


def _status(error: BaseException) -> int:
    if isinstance(error, Exited):
        return error.status
    if isinstance(error, SystemExit):
        code = error.code
        return 0 if code is None else code % 256 if isinstance(code, int) else 1
    return 1


def _signal(number: int) -> str:
    """A signal as Go names it, in which Lambda's supervisor is written."""
    return {6: "aborted", 9: "killed", 15: "terminated"}.get(number, str(number))
