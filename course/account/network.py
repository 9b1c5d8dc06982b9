"""The guard at the network: nothing of this process leaves the machine.

While `course.account` is imported, a socket may go to this machine only (loopback addresses, Unix
sockets), and only names of this machine are looked up: whatever else is tried raises
`NetworkRefused` with the host's name. It stands in Python's own socket class, so it holds for
`requests`, `urllib`, `http.client`, `smtplib` and everything else that is written in Python; a
library with sockets of its own (ZeroMQ, under a kernel) is out of its reach.

Requests to AWS's hosts by `http.client` or urllib3, which `urllib` and `requests` build on, are
answered by the open account instead: the connection gets a socket that reads the request, asks
the account and hands back its response.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
from collections.abc import Callable
from email.message import Message
from functools import wraps
from typing import Any

import urllib3.connection
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from course.account.errors import NetworkRefused

Answer = tuple[int, dict[str, str], Any]
Door = Callable[[AWSPreparedRequest], Answer]
IsAws = Callable[[str], bool]

# Methods that name another end by an address, and functions that look a name up.
_REACHING = ("connect", "connect_ex", "sendto", "sendmsg")
_LOOKING_UP = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_CONNECTIONS = (
    http.client.HTTPConnection,
    http.client.HTTPSConnection,
    urllib3.connection.HTTPConnection,
    urllib3.connection.HTTPSConnection,
)
_installed = False


def install(door: Door, is_aws: IsAws) -> None:
    """Stand guard from now on; requests to AWS go to `door`. A second time changes nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    for name in _REACHING:
        setattr(socket.socket, name, _reaching(getattr(socket.socket, name)))
    for name in _LOOKING_UP:
        setattr(socket, name, _looking_up(getattr(socket, name)))
    for kind in _CONNECTIONS:
        kind.connect = _connecting(kind.connect, door, is_aws)  # type: ignore[method-assign]


def is_local(host: object) -> bool:
    """Whether a host, as socket functions take it, is this machine."""
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("idna")
    if host is None or host in ("", "localhost", "<broadcast>"):
        return host != "<broadcast>"
    text = str(host).partition("%")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text.endswith(".localhost") or text == socket.gethostname()
    # "Any address" is what a server listens on; it is no other machine.
    return address.is_loopback or address.is_unspecified


def _reaching(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]  # `sendmsg` may come without one, on a socket that is connected
        if self.family in _INTERNET and isinstance(address, tuple) and not is_local(address[0]):
            raise NetworkRefused(address[0])
        return original(self, *args)

    return guarded


def _looking_up(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        if not is_local(host):
            raise NetworkRefused(host)
        return original(host, *args, **options)

    return guarded


def _connecting(original: Callable[..., Any], door: Door, is_aws: IsAws) -> Callable[..., Any]:
    @wraps(original)
    def guarded(connection: Any) -> Any:
        host = str(connection.host)
        if not is_aws(f"https://{host}/"):
            return original(connection)
        connection.sock = InsideSocket(host, door)
        connection.is_verified = True  # urllib3 asks, and would warn
        return None

    return guarded


class InsideSocket:
    """What an HTTP connection needs of a socket, with the account at the other end."""

    def __init__(self, host: str, door: Door) -> None:
        self._host = host
        self._door = door
        self._sent = bytearray()

    def sendall(self, data: Any) -> None:
        self._sent += data

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BytesIO:
        """The response to what was sent so far."""
        request = _read(self._host, bytes(self._sent))
        self._sent.clear()
        status, headers, body = self._door(request)
        return io.BytesIO(_written(status, headers, body))

    def settimeout(self, seconds: float | None) -> None:
        """A request takes its time on the account's clock; there is nothing to wait for here."""

    def setsockopt(self, *_: Any) -> None:
        """There is no connection whose options could matter."""

    def close(self) -> None:
        """Nothing is held open."""

    shutdown = setsockopt


def _read(host: str, sent: bytes) -> AWSPreparedRequest:
    stream = io.BytesIO(sent)
    method, target, _ = stream.readline().decode("latin-1").split(" ", 2)
    message: Message = http.client.parse_headers(stream)
    headers = HTTPHeaders()
    for name, value in message.items():
        headers[name] = value
    body = stream.read()
    if message.get("Transfer-Encoding", "").lower() == "chunked":
        body = _unchunked(body)
    return AWSPreparedRequest(method, f"https://{host}{target}", headers, body, stream_output=False)


def _unchunked(body: bytes) -> bytes:
    stream, whole = io.BytesIO(body), b""
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        whole += stream.read(size)
        stream.readline()
    return whole


def _written(status: int, headers: dict[str, Any], body: Any) -> bytes:
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    reason = http.client.responses.get(status, "")
    given = [
        f"{name}: {value}" for name, value in headers.items() if name.lower() != "content-length"
    ]
    head = "\r\n".join([f"HTTP/1.1 {status} {reason}", *given, f"Content-Length: {len(content)}"])
    return f"{head}\r\n\r\n".encode("latin-1") + content
