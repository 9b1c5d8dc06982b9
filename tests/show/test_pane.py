"""The query pane, driven as a reader would: inputs set, buttons pressed, results read."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from html import unescape

import boto3
import pytest

pytest.importorskip("ipywidgets", reason="the pane is made of ipywidgets")
from course import account, data, show  # noqa: E402
from course.show import panes  # noqa: E402
from course.show.event_counts import event_counts  # noqa: E402
from course.show.pane_window import QueryPane  # noqa: E402

ACCESS = "/aws/apigateway/shop/access"
FAILED = "filter status >= 500 | stats count(*) as n by status | sort status"


@pytest.fixture(scope="module")
def lab() -> Iterator[account.Account]:
    with account.open(data.load("checkout")) as opened:
        yield opened


@pytest.fixture
def pane(lab: account.Account) -> QueryPane:
    made = QueryPane()
    made.logs.groups.value = (ACCESS,)
    made.logs.range.choice.value = 12 * 60
    made.traces.range.choice.value = 12 * 60
    return made


def ask(pane: QueryPane, query: str) -> str:
    """Press Run; what is said then, as text."""
    pane.logs.query.value = query
    pane.logs.button.click()
    return words(pane.logs.said.value)


def find(pane: QueryPane, expression: str) -> str:
    pane.traces.expression.value = expression
    pane.traces.button.click()
    return words(pane.traces.said.value)


def words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


def cells(html: str) -> list[str]:
    return re.findall("<td[^>]*>([^<]*)</td>", html)


def test_the_groups_are_the_accounts(pane: QueryPane) -> None:
    found = boto3.client("logs").describe_log_groups()["logGroups"]
    assert list(pane.logs.groups.options) == [group["logGroupName"] for group in found]


def test_a_query_gives_its_rows_and_what_it_read(pane: QueryPane) -> None:
    said = ask(pane, FAILED)
    assert cells(pane.logs.rows.value)[::2] == ["500", "502", "504"]
    counts = [int(n) for n in cells(pane.logs.rows.value)[1::2]]
    assert said.startswith(f"3 rows; {sum(counts)} of ")


def test_the_sql_that_ran_is_there(pane: QueryPane) -> None:
    ask(pane, FAILED)
    sql = words(pane.logs.sql.value)
    assert "COUNT(*)" in sql and "FROM" in sql


def test_the_histogram_counts_what_the_query_is_about(pane: QueryPane) -> None:
    """Its filter counts, its stats and its limit do not: as many events as the rows sum up to."""
    ask(pane, FAILED)
    total = sum(int(n) for n in cells(pane.logs.rows.value)[1::2])
    assert f"Histogram of {total} events" in pane.logs.histogram.value
    ask(pane, "filter status >= 500 # the worst\n| limit 3")
    assert f"Histogram of {total} events" in pane.logs.histogram.value


@pytest.mark.parametrize(
    "query",
    ["stats count(*) as n", "limit 2", "fields status as events, 1 as t", "fields status # end"],
)
def test_every_query_over_events_has_a_histogram(pane: QueryPane, query: str) -> None:
    assert "row" in ask(pane, query)
    assert "Histogram of" in pane.logs.histogram.value


def test_many_rows_are_counted_and_the_first_hundred_shown(pane: QueryPane) -> None:
    said = ask(pane, "fields status | limit 250")
    assert said.startswith("first 100 of 250 rows")
    assert "first 100 of 250 rows" in pane.logs.rows.value
    assert len(cells(pane.logs.rows.value)) == 100


def test_no_pointer_among_the_columns(pane: QueryPane) -> None:
    ask(pane, "fields status | limit 1")
    assert "@ptr" not in pane.logs.rows.value


def test_a_value_that_a_row_lacks_moves_no_column(pane: QueryPane) -> None:
    pane.logs.groups.value = ("/aws/lambda/checkout",)
    ask(pane, "filter ispresent(level) | fields errorType, level | sort @timestamp | limit 10000")
    heads = re.findall("<th[^>]*>([^<]*)</th>", pane.logs.rows.value)
    assert cells(pane.logs.rows.value)[0] == "–"
    assert heads == ["errorType", "level"]


def test_rows_without_the_fields_that_were_asked_for_say_so(pane: QueryPane) -> None:
    assert "none with a value" in ask(pane, "fields nowhere | limit 5")
    assert pane.logs.rows.value == ""


def test_a_mistake_is_pointed_at_and_mended(pane: QueryPane) -> None:
    said = ask(pane, "filter status >= 500 | stat count(*)")
    assert "\n" + " " * 25 + "^^^^" in said
    assert "Did you mean `stats`?" in said
    assert "<mark>stat</mark>" in pane.logs.said.value
    assert 'role="alert"' in pane.logs.said.value


def test_a_mistake_takes_the_last_result_away(pane: QueryPane) -> None:
    ask(pane, FAILED)
    ask(pane, "stat")
    assert [w.value for w in (pane.logs.rows, pane.logs.histogram, pane.logs.sql)] == [""] * 3


def test_what_is_written_in_a_query_stays_text(pane: QueryPane) -> None:
    ask(pane, 'fields "<script>x</script>" as own | limit 1')
    ask_wrong = pane.logs.rows.value + pane.logs.sql.value
    ask(pane, "<script>")
    assert "<script>" not in ask_wrong + pane.logs.said.value


def test_nothing_runs_before_the_button_is_pressed(pane: QueryPane, lab: account.Account) -> None:
    before = len(lab.calls())
    pane.logs.query.value = "limit 1"
    pane.logs.range.choice.value = 5
    pane.traces.expression.value = "fault"
    assert len(lab.calls()) == before
    pane.logs.button.click()
    assert len(lab.calls()) > before


def test_no_rows_say_what_to_do(pane: QueryPane) -> None:
    assert ask(pane, "filter status = 999").startswith("No rows: 0 of ")
    assert pane.logs.histogram.value == pane.logs.rows.value == ""


def test_no_group_is_a_message_unless_the_query_names_one(pane: QueryPane) -> None:
    pane.logs.groups.value = ()
    assert "choose at least one" in ask(pane, "limit 1")
    said = ask(pane, f"# which\nSOURCE '{ACCESS}' | limit 1")
    assert said.startswith("1 row;")
    assert "Histogram of" in pane.logs.histogram.value


def test_a_saved_query_may_be_called(pane: QueryPane) -> None:
    logs = boto3.client("logs")
    made = logs.put_query_definition(name="Failed", queryString="filter status >= 500")
    try:
        assert ask(pane, "$Failed() | stats count(*) as n").startswith("1 row")
        assert "COUNT(*)" in pane.logs.sql.value
    finally:
        logs.delete_query_definition(queryDefinitionId=made["queryDefinitionId"])


def test_two_times_limit_the_range(pane: QueryPane, lab: account.Account) -> None:
    asked = pane.logs.range
    assert asked.start.disabled
    asked.choice.value = 0
    assert not asked.start.disabled and not asked.end.disabled
    asked.start.value, asked.end.value = datetime(2026, 3, 17, 9), datetime(2026, 3, 17, 9, 9, 59)
    ask(pane, "stats min(@timestamp) as first, max(@timestamp) as last")
    first, last = cells(pane.logs.rows.value)
    assert "2026-03-17 09:00:00" <= first <= last < "2026-03-17 09:10:00"


def test_a_range_that_is_none_is_a_message(pane: QueryPane) -> None:
    asked = pane.logs.range
    asked.choice.value = 0
    asked.start.value, asked.end.value = datetime(2026, 3, 17, 9), datetime(2026, 3, 17, 8)
    assert "From must lie before To" in ask(pane, "limit 1")
    asked.end.value = None
    assert "give both From and To" in ask(pane, "limit 1")


def test_traces_are_found_and_one_is_drawn(pane: QueryPane) -> None:
    assert find(pane, "fault = true").startswith("27 traces")
    line, trace_id = pane.traces.traces.options[0]
    assert line == "2026-03-17 11:37:43  |  20 ms  |  fault, throttle  |  GET /prod/search 500"
    assert pane.traces.picture.value == ""
    pane.traces.traces.value = trace_id
    assert f"Trace {trace_id}. Waterfall of" in pane.traces.picture.value


def test_many_traces_are_counted(pane: QueryPane) -> None:
    assert re.match(r"The newest 100 of [\d,]{5} traces", find(pane, ""))
    assert len(pane.traces.traces.options) == 100
    times = [line[:19] for line, _ in pane.traces.traces.options]
    assert times == sorted(times, reverse=True)


def test_a_wrong_filter_expression_is_pointed_at(pane: QueryPane) -> None:
    find(pane, "fault = true")
    assert "did you mean fault?" in find(pane, "falt = true")
    assert "<mark>" in pane.traces.said.value
    assert pane.traces.traces.options == () and pane.traces.picture.value == ""


def test_no_trace_says_what_to_do(pane: QueryPane) -> None:
    assert "No traces" in find(pane, "duration > 500")
    assert pane.traces.traces.layout.display == "none"


def test_every_input_has_a_label(pane: QueryPane) -> None:
    waiting, labels = [pane.box], []
    while waiting:
        widget = waiting.pop()
        waiting.extend(getattr(widget, "children", ()))
        if hasattr(widget, "description") and not hasattr(widget, "placeholder"):
            labels.append(widget.description)
    assert len(labels) >= 10 and all(labels)
    assert pane.logs.query.description and pane.traces.expression.description


def test_without_an_account_it_says_so_in_one_line() -> None:
    script = "from course.show.pane_window import QueryPane\nQueryPane()"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "ShowError: No account is open" in ended.stderr


def test_outside_of_a_notebook_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert show.pane() is None
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "notebook" in said


def test_without_ipywidgets_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panes, "_in_a_notebook", lambda: True)
    monkeypatch.setattr(panes, "find_spec", lambda name: None)
    with pytest.raises(show.ShowError, match="pip install ipywidgets"):
        show.pane()


def test_the_counts_are_drawn_over_the_whole_range() -> None:
    asked = (1_773_734_400, 1_773_738_000)
    picture = event_counts(
        [("2026-03-17 08:10:00.000", 3), ("2026-03-17 08:20:00.000", 9)], asked, 60, title="Events"
    )
    assert picture.data["counts"] == [(1_773_735_000_000, 3), (1_773_735_600_000, 9)]
    assert picture.alt == (
        "Events. Histogram of 12 events, 2026-03-17, 08:00 to 09:00 UTC; most, 9, "
        "in the bin from 08:20."
    )
