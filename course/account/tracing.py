"""Sending traces to the account from instrumented code.

`connect_recorder` connects the X-Ray SDK, `XRaySpanExporter` OpenTelemetry; `in_function` lets the
X-Ray SDK behave as it does inside a Lambda function. All are described in
`course.account.xray.emitters`.
"""

from __future__ import annotations

from course.account.xray.emitters import XRaySpanExporter, connect_recorder, in_function

__all__ = ["XRaySpanExporter", "connect_recorder", "in_function"]
