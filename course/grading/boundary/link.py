"""Messages between two kernels: JSON texts over a socket, each with its length in front.

Both sides call and answer in turn: whoever waits for an answer serves what the other side asks
meanwhile. What is read is data of somebody who is not trusted: its size is limited, and what is no
message ends the link.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

LARGEST = 64 << 20
_HEAD = struct.Struct("!I")


class Ended(ConnectionError):
    """The other kernel is gone, or what it sends cannot be read."""


class TooLarge(ValueError):
    """A message that is larger than a link carries; nothing of it was sent."""


class Link:
    """One end. turn: a number that tells a session's messages from those of one that broke off."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        end.setblocking(True)
        self.turn = 0

    def send(self, kind: str, *parts: Any) -> None:
        """Send a message. Raises TooLarge, Ended."""
        text = json.dumps([self.turn, kind, *parts]).encode()
        if len(text) > LARGEST:
            raise TooLarge(f"{len(text) >> 20} MB at once; {LARGEST >> 20} MB is the most")
        try:
            self._end.sendall(_HEAD.pack(len(text)) + text)
        except OSError as error:
            raise Ended(str(error)) from None

    def receive(self) -> tuple[str, list[Any]]:
        """The next message of this turn, as its kind and parts; older ones are dropped."""
        while True:
            turn, kind, parts = self._read()
            if turn == self.turn:
                return kind, parts

    def _read(self) -> tuple[int, str, list[Any]]:
        (length,) = _HEAD.unpack(self._bytes(_HEAD.size))
        if length > LARGEST:
            raise Ended(f"a message of {length} bytes")
        try:
            turn, kind, *parts = json.loads(self._bytes(length))
            return int(turn), str(kind), parts
        except (ValueError, TypeError, RecursionError):
            raise Ended("what it sends cannot be read") from None

    def _bytes(self, wanted: int) -> bytes:
        found = bytearray()
        while len(found) < wanted:
            try:
                piece = self._end.recv(min(wanted - len(found), 1 << 20))
            except OSError as error:
                raise Ended(str(error)) from None
            if not piece:
                raise Ended("the other kernel has ended")
            found += piece
        return bytes(found)


_here: Link | None = None


def open_here(handle: int) -> None:
    """Say which open socket leads to the other kernel; a kernel does so when it starts."""
    global _here
    _here = Link(socket.socket(fileno=handle))


def here() -> Link:
    """This kernel's end. Raises Ended where it has none."""
    if _here is None:
        raise Ended("this kernel has no other one")
    return _here
