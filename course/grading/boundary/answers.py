"""The end in the answers' kernel: gives a check the student's values, and calls their functions.

While a function runs for a check, boto3 and the clock are those of the account that the check has
open, in its own kernel. Nothing here is trusted: it is the student's process.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from course.account.desk import Answer
from course.account.gateway import Patience
from course.account.remote import Remote, answering
from course.grading.boundary import faults, link
from course.grading.boundary.peer import Peer

END = "end"


def serve(turn: int) -> None:
    """Answer the check until it ends. turn: of the link; see `Link`."""
    here = link.here()
    here.turn = turn
    _Answers(here, vars(sys.modules["__main__"])).serve_all()


class _Answers(Peer):
    """names: the notebook's own."""

    def __init__(self, here: link.Link, names: dict[str, Any]) -> None:
        super().__init__(here)
        self._names = names
        self._account: Remote | None = None
        self._where: Any = None

    def serve_all(self) -> None:
        with contextlib.suppress(link.Ended):
            while (heard := self.heard())[0] != END:
                self.serve(*heard)

    def on_give(self, name: str) -> Any:
        """[a variable's value], or [] when there is none."""
        return [self._names[name]] if name in self._names else []

    def on_call(self, number: int, given: Any) -> Any:
        with self._over_there():
            return super().on_call(number, given)

    def on_elsewhere(self, number: int) -> Any:
        from course.incidents.another_process import elsewhere  # which few checks use

        with self._over_there():
            return elsewhere(self.lent(number))

    def stand(self, where: Any) -> None:
        self._where = where
        if self._account is not None and where is not None:
            self._account.move_to(where["now"])

    @contextlib.contextmanager
    def _over_there(self) -> Any:
        """Have the check's account answer; this notebook's own where the check has none open."""
        if self._account is not None or self._where is None:
            yield
            return
        where = self._where
        self._account = Remote(where["id"], where["region"], where["now"], self._asked, self._nap)
        try:
            with answering(self._account):
                yield
        finally:
            self._account = None

    def _asked(self, request: AWSPreparedRequest, patience: Patience) -> Answer:
        headers = [[str(name), _text(value)] for name, value in request.headers.items()]
        body = _bytes(request.body)
        sent = [request.method, request.url, headers, body, patience.connect, patience.read]
        status, answered, content = self.ask("aws", self.packed(sent))
        return status, answered, content

    def _nap(self, milliseconds: int) -> None:
        self.ask("nap", milliseconds)

    def way(self, error: BaseException) -> list[str]:
        return faults.way(error, _is_cell)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes | None:
    """A request's body, which may be a file."""
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else body


def _is_cell(file: str) -> bool:
    """Whether code comes from a notebook's cell; ipykernel names them so."""
    return Path(file).parent.name.startswith("ipykernel_") or file.startswith("<ipython-input")
