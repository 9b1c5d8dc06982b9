"""A simulated AWS account behind plain boto3: moto, CloudWatch's rules and a clock of its own.

    account = course.account.open(world)      # boto3 talks to it from now on
    account.advance(minutes=5)                # what happened meanwhile
    with course.account.fresh(world): ...     # a second account, for the block

Importing this package is enough to keep the whole process off the network.
"""

from __future__ import annotations

from course.account.errors import AccountClosed, NetworkRefused, NotSimulated
from course.account.functions.packages import package
from course.account.functions.work import work
from course.account.handle import Account
from course.account.lifecycle import fresh, open, prepare
from course.account.together import Crashed

__all__ = [
    "Account",
    "AccountClosed",
    "Crashed",
    "NetworkRefused",
    "NotSimulated",
    "fresh",
    "open",
    "package",
    "work",
]

prepare()
