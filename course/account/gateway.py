"""The one door through which every AWS call of this process goes.

moto answers `requests` through `BotocoreStubber.process_request`; botocore's own way to the network
is `Endpoint._send`. Both are replaced here, once, when `course.account` is imported, and moto's
event handler for botocore stands aside, so that every call of a client comes through `_send`, where
the client's time-outs are known. So a client answers from the open account whenever it was made,
also before this module was imported, and no request ever leaves: with no account open there is
`AccountClosed`. Only endpoints on this machine (`localhost`) are left alone.

Retries run as in botocore, and their pauses pass on the account's clock; see `retries`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import urlsplit

import botocore.endpoint
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.signers import RequestSigner
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from course.account import network, retries, shortcuts
from course.account.errors import AccountClosed, NotSimulated

Answer = tuple[int, dict[str, str], Any]
Door = Callable[[AWSPreparedRequest], Answer]

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
CLOSED = "no account is open: `account = course.account.open(world)` opens one."
AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".aws.dev", ".api.aws", ".on.aws")

moto_process_request = BotocoreStubber.process_request
moto_call = BotocoreStubber.__call__
botocore_send = botocore.endpoint.Endpoint._send
botocore_sign = RequestSigner.sign
botocore_add_auth = SigV4Auth.add_auth
ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = f"SignedHeaders=host, Signature={'0' * 64}"
DUMMY_KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

_door: Door | None = None


@dataclass(frozen=True)
class Patience:
    """How long the caller of the present request waits, in seconds."""

    connect: float
    read: float


# botocore's defaults; whoever calls without botocore gets the same.
DEFAULT_PATIENCE = Patience(60, 60)
_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


def patience() -> Patience:
    """The time-outs of the request that is being answered."""
    return _patience.get() or DEFAULT_PATIENCE


@contextmanager
def waiting_for(caller: Patience) -> Iterator[None]:
    """Answer the block's requests for a caller who waits so long."""
    token = _patience.set(caller)
    try:
        yield
    finally:
        _patience.reset(token)


def set_door(door: Door | None) -> None:
    """Say who answers from now on; None closes the door."""
    global _door
    _door = door


def install() -> None:
    """Replace moto's and botocore's last step; calling it again changes nothing."""
    network.install(_from_elsewhere, _is_aws)
    BotocoreStubber.process_request = _process_request
    BotocoreStubber.__call__ = _stand_aside
    botocore.endpoint.Endpoint._send = _send
    RequestSigner.sign = _sign
    SigV4Auth.add_auth = _add_auth
    shortcuts.install()
    retries.install()


def _stand_aside(stubber: BotocoreStubber, event_name: str, request: Any, **_: Any) -> None:
    """Stands for moto's handler of botocore's before-send event: `_send` comes next."""


def _process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> Answer | None:
    """Stands for moto's method of the same name: (status, headers, body), or None to pass on."""
    return _from_elsewhere(request) if _is_aws(request.url) else None


def _from_elsewhere(request: AWSPreparedRequest) -> Answer:
    """Answer a request to AWS that did not come from botocore."""
    if _door is None:
        raise AccountClosed(CLOSED)
    return _door(request)


def ask(request: AWSPreparedRequest) -> Answer:
    """Have the open account answer a request that it makes up on somebody's behalf."""
    return _from_elsewhere(request)


def _send(endpoint: Any, request: AWSPreparedRequest) -> Any:
    """Stands for botocore's step onto the network, which only local endpoints may take."""
    host = urlsplit(request.url).hostname or ""
    if host in LOCAL_HOSTS:
        return botocore_send(endpoint, request)
    if not _is_aws(request.url):
        raise NotSimulated(f"the endpoint {host}", "Leave endpoint_url out: the account answers.")
    if _door is None:
        raise AccountClosed(CLOSED)
    with waiting_for(_timeouts(endpoint.http_session, request)):
        status, headers, body = _door(request)
    # An event stream is read from its source, message by message.
    raw = body if hasattr(body, "stream") else MockRawResponse(body)
    return AWSResponse(request.url, status, headers, raw)


def _timeouts(session: Any, request: Any) -> Patience:
    """What the client was configured with, or what this one request asks for instead."""
    given = session._get_request_timeout(request) or session._timeout
    if isinstance(given, (int, float)):
        return Patience(given, given)
    return Patience(given.connect_timeout or inf, given.read_timeout or inf)


def _sign(signer: RequestSigner, *args: Any, **options: Any) -> None:
    """Stands for botocore's signing: a client made when there were no credentials gets dummies."""
    if signer._credentials is None:
        signer._credentials = Credentials(*DUMMY_KEY)
    botocore_sign(signer, *args, **options)


def _add_auth(auth: SigV4Auth, request: Any) -> None:
    """Stands for botocore's signature version 4, whose arithmetic is a tenth of a call's time.

    The header says whose key it is, for which Region and service; nobody here checks signatures.
    S3's signatures and presigned URLs have classes of their own, and are left alone.
    """
    if type(auth) is not SigV4Auth or auth.credentials is None:
        botocore_add_auth(auth, request)
        return
    request.context["timestamp"] = time.strftime(SIGV4_TIMESTAMP, time.gmtime())
    auth._modify_request_before_signing(request)
    del request.headers["Authorization"]
    request.headers["Authorization"] = f"{ALGORITHM} Credential={auth.scope(request)}, {UNSIGNED}"


def _is_aws(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host.endswith(AWS_DOMAINS)
