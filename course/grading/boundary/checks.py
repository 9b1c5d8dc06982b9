"""The end in the checks' kernel: names from the answers, and an account that answers for them.

This kernel runs the lesson's own code only. What comes over the link is data, however hostile: the
requests that a student's function makes are answered by the account that the check has open, which
runs no code of theirs (`strangers`).
"""

from __future__ import annotations

import sys
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from course.account import gateway, lifecycle, strangers, waiting
from course.grading.boundary import faults, link
from course.grading.boundary.answers import END
from course.grading.boundary.peer import Peer

# What would end this kernel's cell in another way than by an error, or a loop of the check's early.
_LEAVING = (SystemExit, KeyboardInterrupt, GeneratorExit, StopIteration, StopAsyncIteration)

_peer: _Checks | None = None


def begin(turn: int, names: list[str]) -> None:
    """Bind the names that the next check takes from the answers, as these are now."""
    global _peer
    variables = vars(sys.modules["__main__"])
    for name in names:
        variables.pop(name, None)
    here = link.here()
    here.turn = turn
    _peer = _Checks(here)
    for name in names:
        for value in _peer.ask("give", name):
            variables[name] = value


def end() -> None:
    """Let the answers' kernel go."""
    if _peer is not None:
        _peer._send(END)


class _Checks(Peer):
    def standing(self) -> Any:
        account = lifecycle.current()
        if account is None:
            return None
        return {"id": account.id, "region": account.region, "now": account.clock.now}

    def on_aws(self, packed: Any) -> Any:
        """Answer a request: (status, headers, body)."""
        method, url, headers, body, connect, read = self.unpacked(packed)
        request = AWSPreparedRequest(method, url, _headers(headers), body, stream_output=False)
        with strangers.asking(), gateway.waiting_for(gateway.Patience(connect, read)):
            status, answered, content = gateway.ask(request)
        return status, {str(name): str(value) for name, value in answered.items()}, content

    def on_nap(self, milliseconds: int) -> None:
        waiting.spend(milliseconds)

    def raised(self, error: BaseException, way: list[str]) -> None:
        if isinstance(error, _LEAVING):
            raise RuntimeError(f"the answer left by {type(error).__name__}") from None
        for line in way:
            error.add_note(f"{faults.IN_THE_ANSWER}{line}")


def _headers(pairs: list[list[str]]) -> HTTPHeaders:
    made = HTTPHeaders()
    for name, value in pairs:
        made[name] = value
    return made
