"""What the simulated account says when it cannot answer.

Three different things, kept apart on purpose: an error that AWS itself would return (`AwsError`,
which reaches the caller as botocore's ClientError), a call that this simulation does not carry out
(`NotSimulated`), and a call made while no account is open (`AccountClosed`).
"""

from __future__ import annotations

from typing import Any


class OneLine(RuntimeError):
    """An error that a notebook shows as one line: the frames below it are not the reader's code."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class AccountClosed(OneLine):
    """No account is open, so there is nothing that could answer this call."""


class NotSimulated(OneLine):
    """The account does not simulate this operation; it says so rather than pretend.

    operation: "service:Operation", in boto3's names. instead: what to use. reason: the sentence
    before that, where it is only a part of the operation that is missing.
    """

    def __init__(
        self, operation: str, instead: str, reason: str = "is not simulated in this account."
    ) -> None:
        self.operation = operation
        self.instead = instead
        super().__init__(f"{operation} {reason} {instead}")


class NetworkRefused(OneLine):
    """Something of this process tried to reach another machine; host: which one."""

    def __init__(self, host: object) -> None:
        self.host = host.decode("idna") if isinstance(host, bytes) else str(host)
        super().__init__(
            f"the host {self.host} is out of reach: nothing leaves this machine while the course's "
            "account is in use. Work with what the account holds."
        )


class AwsError(Exception):
    """An error of the AWS API: `code` and `message` as AWS sends them.

    members: further fields that the error's shape has (queryCompileError, for example).
    """

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members
