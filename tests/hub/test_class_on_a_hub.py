"""A class of two on a JupyterHub: released, fetched, submitted, collected, graded, told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from course.grading.sandbox import bubblewrap
from tests.grading import tiny
from tests.grading.tiny import LESSON, NOTEBOOK
from tests.hub.hub import COURSE, PROXY, Hub, Person, Place, jupyterhub, left_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("hub"),
    pytest.mark.skipif(
        PROXY is None,
        reason="needs configurable-http-proxy (npm install -g configurable-http-proxy)",
    ),
]
SERVICE = f"/services/{COURSE}"
SUBMISSIONS = f"/formgrader/api/submissions/{LESSON}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    course = tiny.make_course(folder / "course", [])
    if bubblewrap.why_not() is not None:
        with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write("\nc.CollectedExecute.sandboxed = False\n")
    with jupyterhub(folder) as running:
        yield running
    assert left_in(folder) == []


@pytest.fixture(scope="module")
def instructor(hub: Hub) -> Iterator[Person]:
    with hub.person("instructor") as person:
        yield person


@pytest.fixture(scope="module")
def ada(hub: Hub) -> Iterator[Place]:
    with hub.person("ada") as person:
        yield person.start_server()


@pytest.fixture(scope="module")
def ben(hub: Hub) -> Iterator[Place]:
    with hub.person("ben") as person:
        yield person.start_server()


@pytest.fixture(scope="module")
def course(instructor: Person) -> Place:
    return Place(instructor, SERVICE)


def courses(person: Place) -> list[Any]:
    told = person.get("/formgraders")
    done(told)
    return list(told["value"])


def done(answer: Any) -> None:
    assert answer["success"], answer


def assignments(student: Place, status: str) -> list[Any]:
    told = student.get("/assignments", course_id=COURSE)
    done(told)
    return [one for one in told["value"] if one["status"] == status]


def act(student: Place, action: str) -> None:
    done(student.post(f"/assignments/{action}", course_id=COURSE, assignment_id=LESSON))


def mine(hub: Hub, student: Place) -> Path:
    return hub.folder / "home" / student.person.name / COURSE / LESSON


def save(student: Place, notebook: Any) -> None:
    path = f"/api/contents/{COURSE}/{LESSON}/{NOTEBOOK}"
    student.put(path, {"type": "notebook", "format": "json", "content": notebook})


def curious() -> Any:
    """No exercise answered; a free cell prints the names of what the environment holds."""
    notebook = tiny.released()
    tiny.cell(notebook, "cell-04").source = "import os\nprint(sorted(os.environ))"
    return notebook


def test_a_class_from_release_to_feedback(hub: Hub, course: Place, ada: Place, ben: Place) -> None:
    for name in ("ada", "ben"):
        course.put(f"/formgrader/api/student/{name}", {"first_name": name.title()})
    course.put(f"/formgrader/api/assignment/{LESSON}", {})
    done(course.post(f"/formgrader/api/assignment/{LESSON}/assign"))
    done(course.post(f"/formgrader/api/assignment/{LESSON}/release"))

    for student in (ada, ben):
        assert [one["assignment_id"] for one in assignments(student, "released")] == [LESSON]
        act(student, "fetch")
        fetched = (mine(hub, student) / NOTEBOOK).read_text(encoding="utf-8")
        assert "Twice x" in fetched and "HIDDEN" not in fetched and "2 * x" not in fetched

    save(ada, tiny.solved())
    save(ben, curious())
    for student in (ada, ben):
        act(student, "submit")
        assert len(assignments(student, "submitted")) == 1

    done(course.post(f"/formgrader/api/assignment/{LESSON}/collect"))
    waiting = {one["student"]: one["autograded"] for one in course.get(SUBMISSIONS)}
    assert waiting == {"ada": False, "ben": False}
    for name in ("ada", "ben"):
        done(course.post(f"/formgrader/api/submission/{LESSON}/{name}/autograde"))
    assert {one["student"]: one["score"] for one in course.get(SUBMISSIONS)} == {
        "ada": 6.0,
        "ben": 0.0,
    }
    graded = tiny.read(hub.folder / "course" / "autograded" / "ben" / LESSON / NOTEBOOK)
    (printed,) = tiny.cell(graded, "cell-04").outputs
    assert "'HOME'" in printed.text
    if bubblewrap.why_not() is None:
        assert "JUPYTERHUB" not in printed.text, "a submission must not act as the course's server"

    done(course.post(f"/formgrader/api/assignment/{LESSON}/generate_feedback"))
    done(course.post(f"/formgrader/api/assignment/{LESSON}/release_feedback"))
    for student, points in ((ada, "6.0 / 6.0"), (ben, "0.0 / 6.0")):
        act(student, "fetch_feedback")
        (page,) = mine(hub, student).rglob("tiny.html")
        text = page.read_text(encoding="utf-8")
        assert points in text
        assert "secret_input" not in text


def test_the_course_belongs_to_its_instructors(course: Place, ada: Place) -> None:
    assert course.entrance.ok
    assert course.ask("GET", "/formgrader").ok
    refused = Place(ada.person, SERVICE)
    assert refused.entrance.status_code == 403
    for path in ("/formgrader", SUBMISSIONS, f"/files/source/{LESSON}/{NOTEBOOK}"):
        assert refused.ask("GET", path).status_code == 403


def test_a_student_does_not_enter_the_server_of_another(ada: Place, ben: Place) -> None:
    assert Place(ada.person, ben.path).entrance.status_code == 403
    assert ben.entrance.ok


def test_a_change_needs_the_token_of_the_page(course: Place, ada: Place) -> None:
    words = {"course_id": COURSE, "assignment_id": LESSON}
    assert ada.ask("POST", "/assignments/submit", data=words).status_code == 403
    path = f"/formgrader/api/assignment/{LESSON}/release"
    assert course.ask("POST", path).status_code == 403


def test_only_who_is_named_logs_in(hub: Hub) -> None:
    with pytest.raises(requests.HTTPError, match="403"), hub.person("eve"):
        pass


def test_instructors_find_the_course_in_their_list(instructor: Person) -> None:
    own = instructor.start_server()
    (found,) = [one for one in courses(own) if one["kind"] == "jupyterhub"]
    assert found["course_id"] == COURSE
    assert found["url"].startswith(f"{instructor.url}{SERVICE}/lab")
