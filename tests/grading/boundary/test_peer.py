"""Two ends of a link, each in a thread: questions, functions by number, hostile messages."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from course.grading.boundary import link
from course.grading.boundary.link import Ended, Link, TooLarge
from course.grading.boundary.peer import Peer, Proxy


def adds_itself(values: list[Any]) -> int:
    values.append("added")
    values[0]["seen"] = True
    return len(values)


def fails(text: str) -> None:
    raise LookupError(text)


def calls_back(function: Any, value: int) -> Any:
    return function(value) + 1


def drops() -> None:
    raise ConnectionResetError("the carrier hung up")


class Answers(Peer):
    functions = (adds_itself, fails, calls_back, drops)

    def on_functions(self) -> Any:
        return list(self.functions)

    def on_same(self, value: Any) -> Any:
        return self.unpacked(value) in self.functions


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@pytest.fixture
def asking(ends: tuple[socket.socket, socket.socket]) -> Iterator[Peer]:
    answers = Answers(Link(ends[1]))

    def serve() -> None:
        while (heard := answers.heard())[0] != "end":
            answers.serve(*heard)

    thread = threading.Thread(target=serve)
    thread.start()
    peer = Peer(Link(ends[0]))
    yield peer
    peer._send("end")
    thread.join()


def test_what_a_function_changes_is_changed_here(asking: Peer) -> None:
    first = asking.ask("functions")[0]
    inner: dict[str, Any] = {}
    values = [inner]
    assert first(values) == 2
    assert values == [{"seen": True}, "added"] and values[0] is inner


def test_what_it_raises_is_raised_here(asking: Peer) -> None:
    with pytest.raises(LookupError, match="no such thing"):
        asking.ask("functions")[1]("no such thing")


def test_a_connection_error_of_an_answer_does_not_end_the_link(asking: Peer) -> None:
    found = asking.ask("functions")
    with pytest.raises(ConnectionResetError, match="the carrier hung up"):
        found[3]()
    assert found[2](lambda value: value, 1) == 2


def test_it_calls_functions_of_this_side(asking: Peer) -> None:
    assert asking.ask("functions")[2](lambda value: 2 * value, 20) == 41


def test_an_error_of_this_side_goes_through_it(asking: Peer) -> None:
    def broken(value: int) -> int:
        raise ZeroDivisionError(value)

    with pytest.raises(ZeroDivisionError):
        asking.ask("functions")[2](broken, 1)


def test_a_function_is_one_object_and_known_when_it_comes_back(asking: Peer) -> None:
    first, again = asking.ask("functions")[0], asking.ask("functions")[0]
    assert isinstance(first, Proxy) and first is again
    assert first.__name__ == "adds_itself"
    assert asking.ask("same", asking.packed(first))


def test_an_unknown_question_is_refused(asking: Peer) -> None:
    with pytest.raises(ValueError, match="nobody answers 'secrets' here"):
        asking.ask("secrets")


def test_no_method_that_is_no_answer_can_be_asked_for(asking: Peer) -> None:
    with pytest.raises(ValueError, match="nobody answers"):
        asking.ask("_lent")


def frame(text: bytes) -> bytes:
    return struct.pack("!I", len(text)) + text


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"{"),
        frame(b"[0]"),
        frame(b"7"),
        frame(b"[" * 100_000),
        frame(b"[" + b"9" * 10_000 + b', "reply", null, 1]'),
        struct.pack("!I", link.LARGEST + 1),
        b"",
    ],
)
def test_what_is_no_message_ends_the_link(
    ends: tuple[socket.socket, socket.socket], sent: bytes
) -> None:
    ends[1].sendall(sent)
    ends[1].close()
    with pytest.raises(Ended):
        Link(ends[0]).receive()


def test_messages_of_a_turn_that_broke_off_are_dropped(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    here, there = Link(ends[0]), Link(ends[1])
    there.send("reply", None, "old")
    here.turn = there.turn = 1
    there.send("reply", None, "new")
    assert here.receive() == ("reply", [None, "new"])


def test_a_message_that_is_too_large_is_not_sent(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LARGEST", 100)
    here, there = Link(ends[0]), Link(ends[1])
    with pytest.raises(TooLarge):
        here.send("reply", "x" * 200)
    here.send("reply", "small")
    assert there.receive() == ("reply", ["small"])


def test_a_reply_that_is_too_large_is_an_error_of_its_own(
    asking: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = asking.ask("functions")[2]
    monkeypatch.setattr(link, "LARGEST", 2000)
    with pytest.raises(ValueError, match="at once"):
        third(lambda value: 10 ** (4 * value), 1000)


@pytest.mark.parametrize("packed", [["list"], ["fault", [["os", "system"]]], ["no", 1], {"a": 1}])
def test_a_reply_that_is_no_value_is_an_error(
    ends: tuple[socket.socket, socket.socket], packed: Any
) -> None:
    Link(ends[1]).send("reply", None, packed)
    with pytest.raises(ValueError):
        Peer(Link(ends[0])).ask("give", "x")
