"""The table of docs/account.md holds what the tests show, all of it, and nothing else."""

from __future__ import annotations

import pytest

from tests.account.behaviours import HERE, MOTO, Row, Shown, rows, shown
from tools import account_page


def test_no_two_rows_have_the_same_id() -> None:
    ids = [row.id for row in rows()]
    assert not {id for id in ids if ids.count(id) > 1}


def test_every_row_is_shown_by_a_test() -> None:
    missing = {row.id for row in rows()} - {each.id for each in shown()}
    assert not missing, f"mark a test with @behaviour for {sorted(missing)}"


def test_every_marker_has_a_row() -> None:
    missing = {each.id for each in shown()} - {row.id for row in rows()}
    assert not missing, f"add rows to tests/account/behaviour_rows for {sorted(missing)}"


def test_rows_use_the_words_of_the_table() -> None:
    wrong = [row.id for row in rows() if row.moto not in MOTO or row.here not in HERE]
    assert not wrong


def test_a_refusal_says_what_to_use_instead_or_why() -> None:
    assert not [row.id for row in rows() if row.here == "refuses" and not row.note]


def test_the_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert account_page.main(["--check"]) == 0, capsys.readouterr().err


def test_a_row_becomes_a_line_that_links_its_tests() -> None:
    row = Row("logs.a", "CloudWatch Logs", "A thing | happens", "silent", "works", "once a minute")
    page = account_page.text([row], [Shown("logs.a", "account/test_logs.py", "test_a_thing")])
    assert page.endswith(
        "## CloudWatch Logs\n\n| Behaviour | moto alone | here | shown by |\n|---|---|---|---|\n"
        "| A thing \\| happens | stores it, nothing happens | works: once a minute "
        "| [test_a_thing](../tests/account/test_logs.py) |\n"
    )
