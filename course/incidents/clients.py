"""boto3 clients for incidents that are made, and looked at, in the account that is open."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3


@cache
def client_for(service: str) -> Any:
    """Making a client takes long; one serves whatever account is open when it is used."""
    return boto3.client(service)
