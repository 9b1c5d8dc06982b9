"""Nothing leaves the machine, by whichever way it is tried; requests to AWS stay inside."""

from __future__ import annotations

import http.client
import smtplib
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
import requests
import urllib3

from course.account import Account, AccountClosed, NetworkRefused, network
from tests.account.behaviours import behaviour

OUTSIDE = "203.0.113.7"  # TEST-NET-3: no machine has it
QUEUES = "https://sqs.us-east-1.amazonaws.com/?Action=ListQueues&Version=2012-11-05"


@pytest.fixture(autouse=True)
def no_network() -> None:
    """Here the guard itself is on trial: take away what the other tests put before it."""


def with_socket(host: str) -> None:
    socket.create_connection((host, 80), timeout=1)


def with_bare_socket(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bare:
        bare.connect((host, 80))


def with_connect_ex(host: str) -> None:
    with socket.socket() as bare:
        bare.connect_ex((host, 80))


def with_datagram(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bare:
        bare.sendto(b"{}", (host, 2000))


def with_message(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bare:
        bare.sendmsg([b"{}"], [], 0, (host, 2000))


def with_http_client(host: str) -> None:
    http.client.HTTPSConnection(host, timeout=1).request("GET", "/")


def with_urllib(host: str) -> None:
    urllib.request.urlopen(f"http://{host}/", timeout=1)


def with_requests(host: str) -> None:
    requests.get(f"http://{host}/", timeout=1)


def with_urllib3(host: str) -> None:
    urllib3.PoolManager().request("GET", f"http://{host}/")


def with_smtp(host: str) -> None:
    smtplib.SMTP(host, timeout=1)


WAYS = [
    with_socket,
    with_http_client,
    with_urllib,
    with_requests,
    with_urllib3,
    with_smtp,
]
BY_ADDRESS = [with_bare_socket, with_connect_ex, with_datagram, with_message]


@behaviour("faults.network_guard")
@pytest.mark.parametrize("way", [*WAYS, *BY_ADDRESS], ids=lambda way: way.__name__)
def test_an_address_outside_is_refused(account: Account, way: Callable[[str], None]) -> None:
    with pytest.raises(NetworkRefused, match=OUTSIDE) as error:
        way(OUTSIDE)
    assert error.value._render_traceback_() == [f"NetworkRefused: {error.value}"]


@behaviour("faults.network_guard")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_name_outside_is_not_even_looked_up(way: Callable[[str], None]) -> None:
    with pytest.raises(NetworkRefused, match="api.example.com"):
        way("api.example.com")


@pytest.mark.parametrize("look_up", [socket.gethostbyname, socket.gethostbyname_ex])
def test_looking_up_is_refused(look_up: Callable[[str], Any]) -> None:
    with pytest.raises(NetworkRefused, match="example.com"):
        look_up("example.com")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::1%lo", "0.0.0.0", "", None, b"::1"]
)
def test_this_machine_is_local(host: Any) -> None:
    assert network.is_local(host)


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "192.168.1.1", "::2", b"8.8.8.8"])
def test_others_are_not(host: Any) -> None:
    assert not network.is_local(host)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Hello) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/"
        serving.shutdown()
        thread.join()


def test_loopback_is_left_alone(account: Account, server: str) -> None:
    assert requests.get(server, timeout=5).text == "hello"
    assert urllib.request.urlopen(server, timeout=5).read() == b"hello"


def test_unix_sockets_are_left_alone(tmp_path: Any) -> None:
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as calling:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        calling.connect(str(tmp_path / "s"))


def from_urllib() -> str:
    return urllib.request.urlopen(QUEUES).read().decode()


def from_http_client() -> str:
    connection = http.client.HTTPSConnection("sqs.us-east-1.amazonaws.com")
    connection.request("POST", "/", b"Action=ListQueues&Version=2012-11-05", FORM)
    return connection.getresponse().read().decode()


def from_chunks() -> str:
    connection = http.client.HTTPSConnection("sqs.us-east-1.amazonaws.com")
    parts = iter([b"Action=ListQueues", b"&Version=2012-11-05"])
    connection.request("POST", "/", parts, FORM, encode_chunked=True)
    return connection.getresponse().read().decode()


def from_urllib3() -> str:
    return urllib3.PoolManager().request("GET", QUEUES).data.decode()


def from_requests() -> str:
    return requests.get(QUEUES, timeout=5).text


FORM = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260317/us-east-1/sqs/aws4_request, "
    "SignedHeaders=host, Signature=0",
}
ASKING = [from_urllib, from_http_client, from_chunks, from_urllib3, from_requests]


@pytest.mark.parametrize("ask", ASKING, ids=lambda ask: ask.__name__)
def test_requests_to_aws_are_answered_inside(account: Account, ask: Callable[[], str]) -> None:
    assert "/123456789012/orders-dlq" in ask()
    assert account.calls()[-1]["operation"] == "ListQueues"


@pytest.mark.parametrize("ask", ASKING, ids=lambda ask: ask.__name__)
def test_a_closed_account_answers_nobody(ask: Callable[[], str]) -> None:
    with pytest.raises(AccountClosed):
        ask()


def test_boto3_meets_no_socket(account: Account, session: boto3.Session) -> None:
    assert session.client("sqs").list_queues()["QueueUrls"]


GUARDED = """
import course.account, socket
try:
    socket.create_connection(("example.com", 443))
except course.account.NetworkRefused as error:
    print(error.host)
"""


def test_importing_the_account_is_enough() -> None:
    run = subprocess.run([sys.executable, "-c", GUARDED], capture_output=True, text=True)
    assert run.stdout.strip() == "example.com", run.stderr
