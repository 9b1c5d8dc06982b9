"""What Python's logging module does in a function: the runtime's handler on the root logger.

"Log and monitor Python Lambda functions": in the text format a record has its level, time and
request id; in JSON also its logger, what `extra` adds, and an exception's type and stack.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any, Protocol

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Log(Protocol):
    """Where records go: an execution environment."""

    def log(self, level: str | None, message: str, fields: dict[str, Any]) -> None:
        """Take one record."""


class LogHandler(logging.Handler):
    """Hands records to the environment; a formatter that the code sets is respected."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if self.formatter is not None:
            self._log.log(None, self.format(record), {})
            return
        text = record.getMessage()
        fields = {"logger": record.name, **_extra(record)}
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text}\n{''.join(traceback.format_exception(*record.exc_info)).rstrip()}"
            fields.update(_exception(record))
        self._log.log(record.levelname, text, fields)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    added = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {name: _plain(value) for name, value in added.items()}


def _plain(value: Any) -> Any:
    known = (str, int, float, bool, list, dict, type(None))
    return value if isinstance(value, known) else str(value)


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    assert record.exc_info is not None and record.exc_info[0] is not None
    kind, error, frames = record.exc_info
    return {
        "errorType": kind.__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(frames),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }
