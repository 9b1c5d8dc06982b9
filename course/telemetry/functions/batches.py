"""What a function's answer means for a batch: which records were processed.

"Handling errors for an SQS event source in Lambda" and "Configuring partial batch response with
Kinesis and Lambda": with ReportBatchItemFailures an empty or null list of failures, an empty answer
and none at all mean that everything succeeded; an item without a known `itemIdentifier` means that
nothing did. An empty string or list counts as an empty answer (recorded against AWS by LocalStack's
tests). Not documented, and so a choice: any other text, number or list is no answer of the expected
shape, and means that nothing succeeded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

REPORTING = "ReportBatchItemFailures"


def failed(answer: bytes, identifiers: Sequence[str]) -> set[str]:
    """The identifiers of the records that failed, of those in the batch."""
    everything = set(identifiers)
    try:
        document = json.loads(answer or b"null")
    except ValueError:
        return everything
    if not document:
        return set()
    if not isinstance(document, dict):
        return everything
    listed = document.get("batchItemFailures") or []
    if not isinstance(listed, list):
        return everything
    names = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in listed]
    known = [name for name in names if isinstance(name, str) and name in everything]
    return set(known) if len(known) == len(names) else everything


def restart_at(failures: set[str], identifiers: Sequence[str]) -> int:
    """Where a stream's batch starts again: the place of the first failed record."""
    return next((n for n, each in enumerate(identifiers) if each in failures), len(identifiers))


def halves(count: int) -> tuple[int, int]:
    """How BisectBatchOnFunctionError splits a batch: the sizes of its two parts."""
    return count // 2, count - count // 2
