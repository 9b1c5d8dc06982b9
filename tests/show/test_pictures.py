"""Pictures: a PNG, a true description, nothing told by colour alone, the same bytes every time."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from course import show
from course.show.plotted import with_gaps
from course.show.sheet import spread

START = 1_772_359_200_000  # 2026-03-01 10:00 UTC
MINUTE = 60_000


def minutes(count: int) -> list[int]:
    return [START + i * MINUTE for i in range(count)]


def errors() -> pd.DataFrame:
    """Sixty minutes: 2 errors a minute, 41 from 10:20 to 10:29, a peak of 77 at 10:25."""
    values = [41.0 if 20 <= i < 30 else 2.0 for i in range(60)]
    values[25], values[50] = 77.0, 1.0
    return pd.DataFrame({"time": minutes(60), "errors": values})


def six_functions() -> pd.DataFrame:
    rows = [
        {"time": at, "fn": f"fn-{name}", "ms": 10.0 * (i + 1)}
        for i, name in enumerate("abcdef")
        for at in minutes(5)
    ]
    return pd.DataFrame(rows)


def incident() -> list[dict[str, Any]]:
    return [
        {"time": START, "text": "deployment 42", "source": "deployment"},
        {"time": START + 2 * MINUTE, "end": START + 9 * MINUTE, "text": "orders fail " * 20},
        {"time": START + 4 * MINUTE, "text": "alarm rings", "source": "alarm"},
    ]


def an_alarm(**changes: Any) -> show.Picture:
    values = [1, 9, None, None, 8, 2]
    given = {
        "points": list(zip(minutes(6), values, strict=True)),
        "threshold": 5,
        "comparison": "GreaterThanThreshold",
        "states": [(START, "OK"), (START + 2 * MINUTE, "ALARM")],
        "title": "Errors",
        "unit": "Count",
    } | changes
    return show.alarm(given.pop("points"), **given)


def a_dashboard() -> show.Picture:
    widgets = [
        {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Shop\n[on](u)"}},
        {"type": "metric", "width": 12, "properties": {"title": "Errors"}},
        {"type": "metric", "width": 6, "properties": {"title": "Now", "view": "singleValue"}},
        {"type": "metric", "width": 6, "properties": {"title": "Top", "view": "bar"}},
        {"type": "alarm", "width": 6, "properties": {"title": "Alarms"}},
        {"type": "log", "width": 18, "properties": {"title": "Slow"}},
    ]
    lines = [{"label": "sum", "points": [(at, i) for i, at in enumerate(minutes(9))]}]
    given = {
        "metric": lines,
        "alarm": [{"name": "errors", "state": "ALARM"}],
        "log": [{"requestId": "r-1", "ms": 2999}],
    }
    return show.dashboard({"widgets": widgets}, lambda w: given[w["type"]], title="Shop")


PICTURES = {
    "series": lambda: show.series(errors(), title="Errors", unit="Count", threshold=40),
    "series by": lambda: show.series(
        six_functions(), x="time", y="ms", by="fn", title="T", unit="ms"
    ),
    "percentiles": lambda: show.percentiles(errors(), x="time", y="errors", title="P", unit="ms"),
    "bars": lambda: show.bars([{"n": "a", "v": 3}], label="n", value="v", title="B", unit="Count"),
    "distribution": lambda: show.distribution([1, 2, 3000], title="D", unit="ms"),
    "alarm": an_alarm,
    "timeline": lambda: show.timeline(incident(), title="Story"),
    "dashboard": a_dashboard,
}


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_a_png_with_words_and_always_the_same(draw: Any) -> None:
    picture = draw()
    with Image.open(BytesIO(picture.png)) as image:
        assert image.format == "PNG" and image.width == picture.width
        colours = image.convert("L").getextrema()
        assert colours[0] < 100 and colours[1] == 255, "something dark on a white ground"
        assert "Software" not in image.info
    assert picture.alt.startswith(picture.data["title"])
    assert draw().png == picture.png


def test_a_notebook_gets_the_description_in_every_form() -> None:
    picture = show.bars([{"n": 'a"<b>', "v": 3}], label="n", value="v", title="B&B", unit="x")
    bundle, metadata = picture._repr_mimebundle_()
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == picture.alt
    assert b64decode(bundle["image/png"]) == picture.png
    assert 'alt="B&amp;B. ' in bundle["text/html"] and "a&quot;&lt;b&gt; 3 x" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_a_page_made_from_the_notebook_keeps_the_description(template: str) -> None:
    from nbconvert import HTMLExporter
    from nbformat import v4

    picture = PICTURES["series"]()
    data, metadata = picture._repr_mimebundle_()
    output = v4.new_output("execute_result", data, execution_count=1, metadata=metadata)
    notebook = v4.new_notebook(cells=[v4.new_code_cell("picture", outputs=[output])])
    page, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    assert f'alt="{picture.alt}"' in page
    assert page.count("<img ") == 1 and "No description has been provided" not in page


def test_importing_show_loads_nothing_heavy() -> None:
    code = "import sys; from course import show; print(sorted({'matplotlib', 'pandas', 'IPython'}"
    code += " & set(sys.modules)), callable(show.series), 'matplotlib.pyplot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[] True False\n"


def test_the_readers_own_matplotlib_settings_stay_out_and_stay_theirs() -> None:
    import matplotlib

    before = PICTURES["series"]().png
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20}):
        assert PICTURES["series"]().png == before
        assert matplotlib.rcParams["font.size"] == 20


# --- series --------------------------------------------------------------------------------------


def test_series_says_extremes_with_their_times_and_when_the_threshold_is_passed() -> None:
    alt = PICTURES["series"]().alt
    assert "2026-03-01, 10:00 to 10:59 UTC" in alt
    assert "lowest 1 Count at 10:50, highest 77 Count at 10:25, last 2 Count at 10:59" in alt
    assert "above the threshold of 40 Count in 10 of 60 points: from 10:20; back at 10:30." in alt


def test_series_lines_differ_without_colour() -> None:
    lines = PICTURES["series by"]().data["lines"]
    assert len({line["dash"] for line in lines}) == len({line["marker"] for line in lines}) == 6


def test_twelve_lines_still_differ_and_thirteen_are_refused() -> None:
    def wide(count: int) -> dict[str, list[int]]:
        return {"time": minutes(3)} | {f"n{i}": [i, i, i] for i in range(count)}

    lines = show.series(wide(12), title="T", unit="ms").data["lines"]
    assert len({(line["dash"], line["marker"]) for line in lines}) == 12
    with pytest.raises(show.ShowError, match="13 lines"):
        show.series(wide(13), title="T", unit="ms")


def test_gaps_stay_gaps_whether_missing_or_absent() -> None:
    whole = errors()
    absent = whole.drop(index=[10, 11, 12])
    emptied = whole.assign(errors=whole["errors"].where(~whole.index.isin([10, 11, 12])))
    pictures = [show.series(f, title="T", unit="Count") for f in (absent, emptied)]
    for picture in pictures:
        values = picture.data["lines"][0]["values"]
        assert [i for i, v in enumerate(values) if v is None] == [10, 11, 12]
        assert "No data at 10:10 to 10:12." in picture.alt
    assert pictures[0].png == pictures[1].png


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2026-03-01 10:00", periods=3, freq="1min"),
        pd.date_range("2026-03-01 11:00", periods=3, freq="1min", tz="Europe/Berlin"),
        ["2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z", "2026-03-01T11:02:00+01:00"],
        minutes(3),
    ],
    ids=["naive is UTC", "with a zone", "ISO text", "epoch milliseconds"],
)
def test_times_are_utc_in_every_form(times: Any) -> None:
    picture = show.series({"t": times, "v": [1, 2, 3]}, title="T", unit="ms")
    assert picture.data["lines"][0]["times"] == minutes(3)
    assert "10:00:00 to 10:02:00 UTC" in picture.alt


def test_a_series_of_pandas_is_drawn_with_its_index_as_time() -> None:
    data = pd.Series(
        [1.0, 5.0], pd.DatetimeIndex(["2026-03-01 10:00", "2026-03-01 10:01"]), name="n"
    )
    assert "n: lowest 1 ms at 10:00:00, highest 5 ms" in show.series(data, title="T", unit="ms").alt


def test_events_are_told_and_close_ones_are_drawn() -> None:
    marks = [(START + i * MINUTE, f"a rather long label number {i}") for i in range(8)]
    plain = show.series(errors(), title="T", unit="Count")
    marked = show.series(errors(), title="T", unit="Count", events=marks)
    assert "Marked: 10:00 a rather long label number 0, 10:01" in marked.alt
    assert marked.png != plain.png


def height(picture: show.Picture) -> int:
    with Image.open(BytesIO(picture.png)) as image:
        return image.height


def test_labels_that_need_more_rows_make_the_picture_taller_not_the_chart_flatter() -> None:
    close = [(START + i * MINUTE, f"a rather long label number {i}") for i in range(8)]
    few = show.series(errors(), title="T", unit="Count", events=close[:1])
    many = show.series(errors(), title="T", unit="Count", events=close)
    assert height(many) > height(few)


ODD = {
    "all missing": [None, None, None],
    "one": [5],
    "zeros": [0, 0, 0],
    "constant": [7, 7, 7],
    "negative": [-5, -1, 3],
    "huge": [1e15, 2e15],
    "tiny": [1e-9, 3e-9],
    "islands": [None, 5, None, None, 2, None],
    "infinite": [1, float("inf"), 2],
}


@pytest.mark.parametrize("values", ODD.values(), ids=ODD.keys())
def test_odd_values_are_drawn_without_a_warning(values: list[Any]) -> None:
    points = list(zip(minutes(len(values)), values, strict=True))
    columns = {"t": minutes(len(values)), "v": values}
    later = [(START - MINUTE, "OK"), (START + 20 * MINUTE, "ALARM")]
    assert show.series(columns, title="T", unit="ms", events=[(START, "x" * 90)]).png
    assert show.percentiles(columns, x="t", y="v", title="T", unit="ms").png
    assert an_alarm(points=points, states=later).png


MISTAKES = {
    "unknown column": (
        lambda: show.series(errors(), y="error", title="T", unit="x"),
        "mean 'errors'",
    ),
    "no title": (lambda: show.series(errors(), title=" ", unit="x"), "title"),
    "empty": (lambda: show.series([], title="T", unit="x"), "no rows"),
    "epoch seconds": (
        lambda: show.series(
            {"t": [1_772_359_200, 1_772_359_260], "v": [1, 2]}, title="T", unit="x"
        ),
        "milliseconds",
    ),
    "no time": (lambda: show.series({"t": ["soon"], "v": [1]}, title="T", unit="x"), "'soon'"),
    "text value": (
        lambda: show.series({"t": minutes(1), "v": ["many"]}, title="T", unit="x"),
        "not numbers",
    ),
    "two at a time": (
        lambda: show.series({"t": [START, START], "v": [1, 2]}, title="T", unit="x"),
        "by=",
    ),
    "log of zero": (
        lambda: show.series({"t": minutes(2), "v": [0, 2]}, title="T", unit="x", log=True),
        "log=True",
    ),
    "percentile": (
        lambda: show.percentiles(errors(), x="time", y="errors", title="T", unit="x", ps=(101,)),
        "between 0 and 100",
    ),
    "negative": (lambda: show.distribution([-1, 2], title="T", unit="x"), "negative"),
    "too many bars": (
        lambda: show.bars(
            [{"n": i, "v": i} for i in range(41)], label="n", value="v", title="T", unit="x"
        ),
        "41 bars",
    ),
    "comparison": (lambda: an_alarm(comparison="GreaterThanUpperThreshold"), "not drawn here"),
    "state": (lambda: an_alarm(states=[(START, "FINE")]), "'FINE' is not an alarm state"),
    "states too few": (lambda: an_alarm(states=["OK"]), "1 states for 6 points"),
    "event key": (lambda: show.timeline([{"time": START, "txt": "a"}], title="T"), "not txt"),
    "backwards": (
        lambda: show.timeline([{"time": START, "end": START - 1, "text": "a"}], title="T"),
        "before",
    ),
    "caption": (lambda: show.table([{"a": 1}], ""), "caption"),
}


@pytest.mark.parametrize(("draw", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_gets_one_kind_line(draw: Any, words: str) -> None:
    with pytest.raises(show.ShowError, match=words) as caught:
        draw()
    (line,) = caught.value._render_traceback_()
    assert line == f"ShowError: {caught.value}" and "\n" not in line


def test_text_that_the_font_or_mathtext_would_stumble_over_is_drawn() -> None:
    names = ["$LATEST and $default", "漢字", "a\nb", "x_{1}^2"]
    rows = [{"n": name, "v": 1} for name in names]
    picture = show.bars(rows, label="n", value="v", title="Versions $1 to $2", unit="Count")
    assert "漢字 1 Count" in picture.alt


# --- the others ----------------------------------------------------------------------------------


def test_percentiles_are_those_of_the_raw_values() -> None:
    values = [float(v) for v in range(1, 101)]
    frame = {"t": [START + i * 1000 for i in range(100)], "ms": values}
    picture = show.percentiles(frame, x="t", y="ms", title="T", unit="ms", ps=(50, 90), bin="5min")
    found = {line["label"]: line["values"] for line in picture.data["lines"]}
    assert found["p50"] == [pytest.approx(np.quantile(values, 0.5))]
    assert found["p90"] == [pytest.approx(np.quantile(values, 0.9))]


def test_distribution_counts_everything_once() -> None:
    rng = np.random.default_rng(1)
    values = [0.0, 0.0, *rng.lognormal(4, 1, 500)]
    picture = show.distribution(values, title="T", unit="ms", marks={"timeout": 3000})
    assert sum(picture.data["counts"]) == 500 and picture.data["zeros"] == 2
    assert "502 values" in picture.alt and "2 values are zero" in picture.alt
    assert "Marked: timeout 3,000 ms." in picture.alt


def test_bars_keep_their_order_cut_long_names_and_say_what_is_missing() -> None:
    long = "/aws/lambda/" + "checkout-" * 8 + "production"
    rows = {"n": [long, "b", "c"], "v": [1, 26000, None]}
    picture = show.bars(rows, label="n", value="v", title="T", unit="Count")
    shown = [bar["shown"] for bar in picture.data["bars"]]
    assert shown[1:] == ["b", "c"] and len(shown[0]) == 42 and shown[0].endswith("production")
    assert f"{long} 1 Count, b 26,000 Count and c no data." in picture.alt


def test_alarm_tells_breaches_missing_datapoints_and_states() -> None:
    picture = an_alarm()
    assert "> 5 Count; 2 of 4 datapoints breach it" in picture.alt
    assert "the first at 10:01:00, the last at 10:04:00; 2 missing" in picture.alt
    assert "State: OK from 10:00:00 and ALARM from 10:02:00." in picture.alt
    assert picture.data["breaching"] == [False, True, False, False, True, False]


@pytest.mark.parametrize(
    ("sign", "breaching"),
    [(">", [0, 0, 1]), (">=", [0, 1, 1]), ("<", [1, 0, 0]), ("<=", [1, 1, 0])],
)
def test_alarm_compares_as_its_operator_says(sign: str, breaching: list[int]) -> None:
    points = list(zip(minutes(3), [4, 5, 6], strict=True))
    assert an_alarm(points=points, comparison=sign).data["breaching"] == [
        bool(b) for b in breaching
    ]


def test_alarm_states_differ_without_colour_and_one_state_a_point_is_the_same() -> None:
    states = ["OK", "OK", "INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM", "ALARM"]
    changes = [
        (START, "OK"),
        (START + 2 * MINUTE, "INSUFFICIENT_DATA"),
        (START + 4 * MINUTE, "ALARM"),
    ]
    assert an_alarm(states=states).png == an_alarm(states=changes).png
    greys = {an_alarm(states=[(START, s)]).png for s in ("OK", "ALARM", "INSUFFICIENT_DATA")}
    assert len(greys) == 3


def test_timeline_tells_the_story_in_order_with_sources() -> None:
    alt = show.timeline(list(reversed(incident())), title="Story").alt
    assert alt.index("10:00:00 deployment: deployment 42") < alt.index(
        "10:04:00 alarm: alarm rings"
    )
    assert "10:02:00 to 10:09:00 orders fail" in alt


# --- laws ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_spread_labels_never_touch_and_stay_inside(wanted: list[float]) -> None:
    placed = sorted(spread(wanted, 0.08))
    assert all(b - a >= 0.08 - 1e-5 for a, b in zip(placed, placed[1:], strict=False))
    assert placed[0] >= 0 and placed[-1] <= 1 + 1e-5


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 40), max_size=12))
def test_with_gaps_keeps_every_value_and_adds_only_missing_steps(dropped: set[int]) -> None:
    kept = [i for i in range(60) if i not in dropped]
    times = np.array([START + i * MINUTE for i in kept], "M8[ms]")
    whole, values = with_gaps(times, np.array(kept, float))
    assert [int(v) for v in values[np.isfinite(values)]] == kept
    assert all((np.diff(whole).astype("int64")) == MINUTE)
