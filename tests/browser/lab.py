"""JupyterLab, served on loopback and driven by a headless Chromium."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Of every module here: one server and one browser at a time.
MARKS = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)"
    ),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]
# Chromium calls home at every start unless told not to.
QUIET = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OPTIONS = ["--no-browser", "--port=0", "--expose-app-in-browser"]
WINDOW: ViewportSize = {"width": 1400, "height": 900}
# For pictures; costs a core to draw while cells run.
TALL: ViewportSize = {"width": 1400, "height": 2200}
PATIENCE = 180_000  # ms for a whole notebook to run
GRACE = 20  # s for the server to end when asked to


@dataclass
class Lab:
    """A page in a running JupyterLab.

    complaints: the browser's console errors. asked_for: what it fetched from beyond this machine.
    """

    url: str
    page: Page
    complaints: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a notebook and wait until its kernel answers; what was open before is forgotten."""
        served = urlsplit(self.url)
        self.page.goto(f"http://{served.netloc}/lab/tree/{path}?reset&{served.query}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(IS_READY, arg=path)

    def run_first(self) -> None:
        """Run the first cell of code, which opens the account."""
        said = self.page.evaluate(RUN_FIRST)
        assert said == "ok", said

    def run_all(self) -> None:
        """Run every cell up to the first that fails, then save."""
        said = self.page.evaluate(RUN_ALL_AND_SAVE, PATIENCE)
        assert said is None, said


IS_READY = """path => {
  const widget = window.jupyterapp.shell.currentWidget;
  return widget?.context?.path === path
    && widget.sessionContext?.session?.kernel?.connectionStatus === 'connected';
}"""
# `evaluate` waits for ever: a cell that hangs, or a kernel that died, is named instead.
RUN_ALL_AND_SAVE = """async patience => {
  const { content, sessionContext, context } = window.jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  const late = new Promise(done => setTimeout(done, patience, 'late'));
  const run = window.jupyterapp.commands.execute('notebook:run-all-cells');
  if (await Promise.race([run, late]) === 'late') {
    const hung = content.widgets.find(cell => cell.model.executionState === 'running');
    return `not done after ${patience} ms: cell ${hung?.model.id}`;
  }
  await context.save();
  return null;
}"""
RUN_FIRST = """async () => {
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  content.activeCellIndex = content.widgets.findIndex(cell => cell.model.type === 'code');
  await window.jupyterapp.commands.execute('notebook:run-cell');
  const failed = content.activeCell.model.outputs.toJSON().find(out => out.output_type === 'error');
  return failed ? failed.evalue : 'ok';
}"""


@dataclass
class Server:
    """A running JupyterLab and a browser; tests share them, each with a page of its own."""

    url: str
    browser: Browser

    @contextlib.contextmanager
    def lab(self) -> Iterator[Lab]:
        """A new page; at the end, the kernels that it started are shut down."""
        lab = _lab(self.url, self.browser)
        yield lab
        lab.page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
        lab.page.close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def by_module(options: list[str]) -> list[str]:
    return [sys.executable, "-m", "course", "lab", *options]


def by_make(options: list[str]) -> list[str]:
    return ["make", "-sC", str(ROOT), "--no-print-directory", "lab", f"ARGS={shlex.join(options)}"]


@contextlib.contextmanager
def jupyterlab(
    folder: Path, begun: Callable[[list[str]], list[str]] = by_module
) -> Iterator[Server]:
    """JupyterLab on `folder` at a free port of loopback. begun: the command for these options."""
    command = begun([*OPTIONS, f"--course-dir={folder}"])
    log = folder / "lab.log"  # a file: a pipe that nobody reads stops the server once it is full
    with log.open("w", encoding="utf-8") as said:
        server = subprocess.Popen(command, stderr=said, cwd=folder)
    try:
        with chromium() as browser:
            yield Server(_url(server, log), browser)
    finally:
        server.terminate()
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    try:
        server.wait(GRACE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _url(server: subprocess.Popen[bytes], log: Path) -> str:
    """Where JupyterLab listens, once its log says so."""
    while True:
        ended = server.poll() is not None
        said = log.read_text(encoding="utf-8")
        found = re.search(r"(http://127\.0\.0\.1:\d+/lab\S*token=\w+)\n", said)
        if found:
            return found[1]
        assert not ended, f"JupyterLab did not start:\n{said[-2000:]}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.1)


def _lab(url: str, browser: Browser) -> Lab:
    lab = Lab(url, browser.new_page(viewport=WINDOW, reduced_motion="reduce"))
    lab.page.on("console", lambda m: lab.complaints.append(m.text) if m.type == "error" else None)
    lab.page.on("request", lambda r: lab.asked_for.append(r.url) if _is_outside(r.url) else None)
    return lab


def _is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1"


def outputs(notebook: Path) -> list[tuple[str, dict]]:  # type: ignore[type-arg]
    """(cell id, output) of a saved notebook."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell["id"], output) for cell in cells for output in cell.get("outputs", [])]
