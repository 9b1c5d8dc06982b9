"""`course`: one line for a mistake, and notebooks that are opened as copies."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from course import cli
from course.errors import UserError
from course.study import lab


def put_release(folder: Path) -> Path:
    path = folder / "release" / "01_tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("released")
    return path


def test_lab_opens_a_copy_of_the_first_released_notebook(tmp_path: Path) -> None:
    put_release(tmp_path)
    assert lab.first_notebook(tmp_path) == "work/01_tiny/tiny.ipynb"
    assert (tmp_path / "work" / "01_tiny" / "tiny.ipynb").read_text() == "released"


def test_lab_never_overwrites_a_students_work(tmp_path: Path) -> None:
    put_release(tmp_path)
    own = tmp_path / lab.first_notebook(tmp_path)
    own.write_text("my answers")
    lab.first_notebook(tmp_path)
    assert own.read_text() == "my answers"


def test_lab_without_lessons_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no lessons in .*release; name the folder"):
        lab.first_notebook(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "line", "status"),
    [
        ([], "the following arguments are required: command; see course --help", 2),
        (["grad"], "no command 'grad'; did you mean 'grade'?", 2),
        (["grade"], "the following arguments are required: LESSON; see course grade --help", 2),
    ],
)
def test_one_line_from_the_real_command(arguments: list[str], line: str, status: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "course", *arguments], capture_output=True, text=True, check=False
    )
    assert ran.stderr == f"course: {line}\n"
    assert ran.returncode == status


def test_every_command_is_known_by_name() -> None:
    [commands] = [one for one in cli._parser()._actions if hasattr(one, "choices") and one.choices]
    assert commands.choices is not None and sorted(commands.choices) == sorted(cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_ends_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    shown = capsys.readouterr().out.strip().split("\n\n")
    assert ended.value.code == 0
    assert " ".join(shown[-1].split()).startswith(f"example: course {command}")
    assert command in cli._parser().format_help()


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_example_is_one_that_the_command_takes(command: str) -> None:
    [commands] = [one for one in cli._parser()._actions if hasattr(one, "choices") and one.choices]
    assert commands.choices is not None
    example = commands.choices[command].epilog
    given, rest = cli._parser().parse_known_args(shlex.split(example)[2:])
    assert given.command == command and (command == "lab" or not rest)


@pytest.mark.parametrize("command", ["check", "new"])
def test_an_unknown_lesson_is_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_release(tmp_path)
    assert cli.main([command, "01_tinny", "--course-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == "course: no lesson '01_tinny'; did you mean '01_tiny'?\n"


def test_a_fresh_copy_says_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_release(tmp_path)
    for name in ("tiny", "tiny-2"):
        assert cli.main(["new", "01", "--course-dir", str(tmp_path)]) == 0
        said = capsys.readouterr().out
        assert said == f"A fresh copy: {tmp_path}/work/01_tiny/{name}.ipynb\n"


def test_the_doctor_says_by_its_status_whether_lessons_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.sqlite"))
    assert cli.main(["doctor", "--course-dir", str(tmp_path)]) == 1
    assert "wrong  lessons: none in " in capsys.readouterr().out
    put_release(tmp_path)
    assert cli.main(["doctor", "--course-dir", str(tmp_path)]) == 0


def test_a_folder_that_is_no_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", "01_tiny", "--course-dir", str(tmp_path)]) == 1
    line = f"no nbgrader_config.py in {tmp_path}; name the course's folder with --course-dir"
    assert capsys.readouterr().err == f"course: {line}\n"


def test_a_query_over_the_shop(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["insights", 'filter @type = "REPORT" | stats count(*) as calls by @log']) == 0
    assert "payment" in capsys.readouterr().out


def test_a_query_over_own_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.ndjson"
    own.write_text('{"timestamp": 1, "message": "a"}\n\n{"timestamp": 2, "message": "b"}\n')
    assert cli.main(["insights", "stats count(*) as lines", str(own)]) == 0
    assert capsys.readouterr().out.split() == ["lines", "2"]


def test_a_refused_query_shows_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["insights", "fields @message | limt 5"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "course: `limt` is not a Logs Insights command (line 1, column 19)"
    assert "Did you mean `limit`?" in said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory; name a file of log events"),
        (b"{}", 'line 1: is no log event; it should be one JSON object a line with "timestamp"'),
        (b"plain", "line 1: is no log event"),
        (b"[1]", "line 1: is no log event"),
        (b"\xff\xfe\x00", "is not text"),
    ],
)
def test_a_file_that_holds_no_events(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.ndjson"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["insights", "fields @message", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"course: {path}") and says in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("table", "level  n\na      2"),
        ("csv", "level,n\na,2"),
        ("json", '[\n  {\n    "level": "a",\n    "n": 2\n  }\n]'),
    ],
)
def test_a_query_in_each_format(
    form: str, wanted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.ndjson"
    own.write_text('{"timestamp": 1, "message": "{\\"level\\": \\"a\\"}"}\n' * 2)
    query = "stats count(*) as n by level"
    assert cli.main(["insights", query, str(tmp_path / "*.ndjson"), "--format", form]) == 0
    assert capsys.readouterr().out.rstrip("\n") == wanted


def test_a_query_is_only_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["insights", "--check", "fields @message | limit 5"]) == 0
    assert capsys.readouterr().out == "The query is valid.\n"
    assert cli.main(["insights", "--check", "fields @message | limt 5", "absent.ndjson"]) == 1
    assert "Did you mean `limit`?" in capsys.readouterr().err


def test_a_table_has_texts_left_numbers_right_and_blanks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.ndjson"
    messages = ('{"who": "a\\nlong name", "n": 5}', '{"who": "b", "n": 1000}', '{"who": "c"}')
    rows = [{"timestamp": i, "message": message} for i, message in enumerate(messages)]
    own.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert cli.main(["insights", "fields who, n, nowhere | sort n", str(own)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == ["who            n nowhere", "a long name    5", "b           1000", "c"]


def test_lookup_tables_and_saved_queries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, table, saved = (tmp_path / name for name in ("e.ndjson", "users.csv", "saved.toml"))
    own.write_text('{"timestamp": 1, "message": "{\\"id\\": 7}"}\n')
    table.write_text("id,name\n7,Ann\n8,\n")
    saved.write_text("[Named]\nquery = 'lookup users id OUTPUT name | filter id = {{id}}'\n")
    query = '$Named(id = "7") | display id, name'
    given = ["--saved", str(saved), "--table", f"users={table}"]
    assert cli.main(["insights", query, str(own), *given, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "id,name\n7,Ann\n"
    assert cli.main(["insights", "--check", f"{query} | limt 5", *given]) == 1
    assert "(line 1, column 39)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "content", "says"),
    [
        (["--table", "users"], "", "--table takes name=file.csv, not 'users'"),
        (["--table", "users={}"], None, "No such file or directory"),
        (["--table", "users={}"], b"\xff\xfe\x00", "is not text"),
        (["--table", "users={}"], b'a,b\n"1', "is no CSV file"),
        (["--saved", "{}"], None, "No such file or directory"),
        (["--saved", "{}"], b"a = ", "is no TOML file"),
        (["--saved", "{}"], b"slow = 5", "'slow' is no saved query; write slow = "),
        (["--saved", "{}"], b"[slow]\nparameters = {ms = '1'}", "'slow' is no saved query"),
    ],
)
def test_a_table_or_saved_queries_that_cannot_be_read(
    given: list[str],
    content: bytes | None,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "given"
    if content:
        path.write_bytes(content)
    arguments = [argument.replace("{}", str(path)) for argument in given]
    assert cli.main(["insights", "--check", "limit 5", *arguments]) > 0
    said = capsys.readouterr().err
    assert said.startswith("course: ") and says in said and said.count("\n") == 1
