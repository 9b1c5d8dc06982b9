"""A JupyterHub of docs/jupyterhub on loopback, and people who use it as their browsers would."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "docs" / "jupyterhub" / "loopback_config.py"
COURSE = "aws-troubleshooting"
PASSWORD = "any"
PROXY = shutil.which("configurable-http-proxy")
PATIENCE = 120  # s for the Hub or a server to start, or an answer to come
TRIES = 3
GRACE = 30  # s for the Hub to end everything that it started
FORM_TOKEN = re.compile(r'name="_xsrf"\s+value="([^"]+)"')


class Person:
    """Somebody logged in: a browser's cookies, no token of the Hub's API."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self.session = requests.Session()
        self.session.trust_env = False  # a proxy of this machine has no part in loopback

    def page(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=PATIENCE)

    def log_in(self) -> None:
        form = FORM_TOKEN.search(self.page("/hub/login").text)
        assert form, "the login page has no form"
        words = {"username": self.name, "password": PASSWORD, "_xsrf": form[1]}
        login = f"{self.url}/hub/login?next=/hub/home"
        self.session.post(login, data=words, timeout=PATIENCE).raise_for_status()

    def start_server(self) -> Place:
        """This person's own server, once it runs."""
        self.page("/hub/spawn").raise_for_status()
        # The stream of the page with the bar: it ends when the server is there.
        told = self.page(f"/hub/api/users/{self.name}/server/progress").text
        assert '"ready": true' in told, told
        return Place(self, f"/user/{self.name}")


class Place:
    """A running Jupyter server as one person sees it: their own, or the course's."""

    def __init__(self, person: Person, path: str) -> None:
        self.person, self.path = person, path
        # What a browser does first: the page sends it through the Hub and back with a cookie.
        self.entrance = person.page(f"{path}/lab")

    def get(self, path: str, **query: str) -> Any:
        return self._answer("GET", path, params=query)

    def post(self, path: str, **fields: str) -> Any:
        return self._answer("POST", path, data=fields)

    def put(self, path: str, content: Any) -> Any:
        return self._answer("PUT", path, data=json.dumps(content))

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request as it is, with cookies and without the token of the page."""
        url = f"{self.person.url}{self.path}{path}"
        return self.person.session.request(method, url, timeout=PATIENCE, **more)

    def _answer(self, method: str, path: str, **more: Any) -> Any:
        got = self.ask(method, path, headers={"X-XSRFToken": self.token()}, **more)
        assert got.ok, f"{got.status_code} {method} {path}: {got.text}"
        return got.json()

    def token(self) -> str:
        """What JupyterLab's scripts read from the cookie and send back with every change."""
        cookies = self.person.session.cookies
        return next(
            c.value or "" for c in cookies if c.name == "_xsrf" and c.path == self.path + "/"
        )


@dataclass
class Hub:
    url: str
    folder: Path

    @contextlib.contextmanager
    def person(self, name: str) -> Iterator[Person]:
        made = Person(name, self.url)
        with made.session:
            made.log_in()
            yield made


@contextlib.contextmanager
def jupyterhub(folder: Path) -> Iterator[Hub]:
    """The Hub at a free port of loopback, everything below `folder`; the course in its `course`."""
    started = next((made for _ in range(TRIES) if (made := _start(folder))), None)
    try:
        assert started, (folder / "hub.log").read_text(encoding="utf-8")
        yield Hub(started.url, folder)
    finally:
        if started:
            started.end()


def _start(folder: Path) -> Running | None:
    """A running Hub. None when it gave up: its own patience with the course's server is 10 s,
    little for a busy machine, and no setting changes that."""
    made = Running(folder)
    made.ready.wait(PATIENCE)
    if made.runs:
        return made
    made.end()
    return None


class Running:
    """The Hub's process, and whatever it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{_free_port()}"
        self.ready, self.runs = threading.Event(), False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG), self._address()],
            cwd=folder,
            env=_variables(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.threads = [threading.Thread(target=task) for task in (self._listen, self._watch)]
        for thread in self.threads:
            thread.start()

    def _address(self) -> str:
        return f"--JupyterHub.bind_url={self.url}"

    def _listen(self) -> None:
        """Write what the Hub and its servers say to a file; a full pipe would stop them."""
        assert self.process.stdout is not None
        with self.process.stdout as said, (self.folder / "hub.log").open("wb", buffering=0) as log:
            for line in said:
                log.write(line)
                if b"JupyterHub is now running" in line:
                    self.runs = True
                    self.ready.set()

    def _watch(self) -> None:
        self.process.wait()
        self.ready.set()

    def end(self) -> None:
        """End the Hub, which ends what it started, and whatever it forgot."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        forgotten = left_in(self.folder)
        for process in forgotten:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(forgotten, timeout=GRACE)
        for thread in self.threads:
            thread.join()


def left_in(folder: Path) -> list[psutil.Process]:
    """The processes whose home is this Hub's: the Hub, its proxy, its servers, their kernels."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("HOME", "").startswith(f"{folder}/"):
                found.append(process)
    return found


def _variables(folder: Path) -> dict[str, str]:
    """As a fresh account's: nothing of whoever runs the tests is read or written."""
    kept = {name: os.environ[name] for name in ("LANG", "VIRTUAL_ENV") if name in os.environ}
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "HOME": str(folder / "home"), "COURSE_HUB": str(folder)}


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
