"""What a kernel says while a cell runs: counted as it arrives, and made plain before it is kept.

Everything here was sent by a process that runs a student's code. What is kept has nbformat's shape
and Python's plain types, and no more bytes and pieces than an honest lesson's tenfold. Where an
error or a result had to be left out, the cell gets an error: losing output must not earn points.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from course.grading.runs import CHECKS, Cell

# For one cell; the largest of the lessons' has 0.4 MB.
MOST_BYTES = 4_000_000
MOST_PIECES = 1000
# For all cells of a notebook.
MOST_IN_ALL = 20_000_000
# What of an error or a result still counts behind that.
SHORT = 10_000
SIZED = ("stream", "display_data", "update_display_data", "execute_result", "error")
CUT = f"[more than {MOST_BYTES // 1_000_000} MB or {MOST_PIECES} pieces of output: cut here]"


def error(ename: str, evalue: str) -> dict[str, Any]:
    """An error as a cell's output."""
    text = f"{ename}: {evalue}"
    return {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": [text]}


class Counted:
    """Counts one notebook's output. flag: told what the grader should know."""

    def __init__(self, flag: Callable[[str], None]) -> None:
        self.flag = flag
        self.total = 0

    def cell(self, cell: Cell) -> Counting:
        return Counting(self, cell)


class Counting:
    """Counts one cell's output, message by message."""

    def __init__(self, notebook: Counted, cell: Cell) -> None:
        self.notebook, self.cell = notebook, cell
        self.bytes = self.pieces = 0
        self.cut = self.lost = False

    def passes(self, msg: Any, outputs: list[Any]) -> bool:
        """Whether a message goes on to the cell; may shorten it, or join it to the last output."""
        kind, content = msg["msg_type"], msg["content"]
        if kind.startswith("comm"):
            # Widgets do nothing here; one of them can take a check's outputs away.
            return False
        if kind == "clear_output":
            return self.cell.role not in CHECKS
        if kind not in SIZED:
            return True
        self._count(content)
        if self.cut:
            return self._still(kind, content)
        return not (kind == "stream" and _joined(content, outputs))

    def _count(self, content: Any) -> None:
        size = _size(content)
        self.bytes += size
        self.notebook.total += size
        self.pieces += 1
        over = self.bytes > MOST_BYTES or self.notebook.total > MOST_IN_ALL
        self.cut = self.cut or over or self.pieces > MOST_PIECES

    def _still(self, kind: str, content: Any) -> bool:
        """Of what comes too late, errors and results still count, if they are short."""
        if kind == "error":
            content["evalue"] = content["evalue"][:SHORT]
            content["traceback"] = content["traceback"][-1:]
            return _size(content) <= 3 * SHORT
        if kind == "execute_result":
            text = content["data"].get("text/plain", "")
            content["data"] = {"text/plain": text}
            self.lost = self.lost or len(text) > SHORT
            return not self.lost
        return False

    def finish(self, outputs: list[Any], broken: str | None) -> list[dict[str, Any]]:
        """The outputs to keep. broken: why messages are missing or cannot be read."""
        kept = [plain(out) for out in outputs]
        if self.cut:
            self.notebook.flag(f"output of {self.cell.name} cut")
            kept.append({"output_type": "stream", "name": "stderr", "text": f"{CUT}\n"})
        if broken or self.lost:
            why = broken or "its result is too long"
            self.notebook.flag(f"output of {self.cell.name} lost ({why})")
            kept.append(error("OutputLost", f"not all that this cell gave has arrived: {why}"))
        return kept


def _size(content: Any) -> int:
    text = content.get("text")
    if isinstance(text, str):
        return len(text)
    return len(json.dumps(content, default=str))


def _joined(content: Any, outputs: list[Any]) -> bool:
    last = outputs[-1] if outputs else {}
    if last.get("output_type") != "stream" or last.get("name") != content.get("name"):
        return False
    last["text"] += content["text"]
    return True


def plain(out: Any) -> dict[str, Any]:
    """An output of nbformat's shape, whatever the kernel made of it."""
    kind = out["output_type"]
    if kind == "stream":
        name = "stderr" if out["name"] == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(out["text"])}
    if kind == "error":
        lines = [_text(line) for line in out["traceback"]]
        return error(_text(out["ename"]), _text(out["evalue"])) | {"traceback": lines}
    data = {_text(mime): _datum(value) for mime, value in out["data"].items()}
    made = {"output_type": kind, "data": data, "metadata": _metadata(out.get("metadata"))}
    if kind == "execute_result":
        count = out.get("execution_count")
        made["execution_count"] = count if isinstance(count, int) else None
    return made


def _text(value: Any) -> str:
    """Text that can be written as UTF-8."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _datum(value: Any) -> str:
    # JSON types of a bundle are shown by no page; as text they are at least seen.
    return _text(value if isinstance(value, str) else json.dumps(value))


def _metadata(found: Any) -> dict[str, Any]:
    """Sizes of pictures; nothing else of it is used."""
    sizes = {}
    for mime, values in found.items() if isinstance(found, dict) else ():
        numbers = values.items() if isinstance(values, dict) else ()
        kept = {k: v for k, v in numbers if k in ("width", "height") and isinstance(v, int)}
        if kept:
            sizes[_text(mime)] = kept
    return sizes
