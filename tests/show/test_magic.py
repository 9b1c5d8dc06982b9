"""`%%insights` in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from course import insights
from course.show import magic

EVENTS = [{"timestamp": 1, "message": '{"n": 1}'}, {"timestamp": 2, "message": '{"n": 2}'}]


@pytest.fixture
def shell() -> Iterator[Any]:
    made = InteractiveShell(history_load_length=0)
    made.history_manager.enabled = False
    magic.load_ipython_extension(made)
    made.push({"insights": insights, "events": EVENTS})
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_a_cell_gives_rows(shell: Any) -> None:
    rows = shell.run_cell_magic("insights", "events", "stats sum(n) as total")
    assert rows["total"].tolist() == [3]


def test_a_cell_gives_rows_a_name(shell: Any) -> None:
    assert shell.run_cell_magic("insights", "kept = events[:1]", "stats sum(n) as t") is None
    assert shell.user_ns["kept"]["t"].tolist() == [1]


def test_a_path_is_read(shell: Any, tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson"
    path.write_text('{"timestamp": 1, "message": "x"}\n')
    assert len(shell.run_cell_magic("insights", repr(str(path)), "fields @message")) == 1


def test_a_refused_query_is_a_few_lines(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell.run_cell_magic("insights", "events", "limt 5") is None
    assert "Did you mean `limit`?" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["", "evnts"])
def test_what_is_missing_is_named(shell: Any, line: str) -> None:
    with pytest.raises(UsageError, match="name the events"):
        shell.run_cell_magic("insights", line, "limit 5")
