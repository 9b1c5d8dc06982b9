"""Eight small traces that the X-Ray tests read. START is 2026-03-17 12:00:00 UTC."""

from __future__ import annotations

from typing import Any

from course.telemetry.xray.documents import Document, check
from course.telemetry.xray.traces import Trace, compile_trace

START = 1_773_748_800.0
API = "AWS::ApiGateway::Stage"
FUNCTION = "AWS::Lambda::Function"


def trace_id(number: int, at: float = START) -> str:
    return f"1-{int(at):08x}-{number:024x}"


def part(number: int, name: str, start: float, end: float | None, **fields: Any) -> Document:
    """A (sub)segment; start and end in seconds after START, an end of None is in progress."""
    times = {"start_time": START + start}
    times |= {"in_progress": True} if end is None else {"end_time": START + end}
    return {"id": f"{number:016x}", "name": name, **times, **fields}


def segment(
    trace: int, number: int, name: str, start: float, end: float | None, **fields: Any
) -> Document:
    return part(number, name, start, end, trace_id=trace_id(trace), **fields)


def http(method: str, path: str, status: int | None = None) -> dict[str, Any]:
    request = {
        "method": method,
        "url": f"https://shop.example{path}",
        "user_agent": "curl/8.5.0",
        "client_ip": "198.51.100.7",
    }
    return {"request": request, **({} if status is None else {"response": {"status": status}})}


def call(number: int, name: str, start: float, end: float | None, **fields: Any) -> Document:
    return part(number, name, start, end, namespace="remote", **fields)


def table(number: int, name: str, start: float, end: float, **fields: Any) -> Document:
    aws = {"operation": "GetItem", "table_name": name}
    return part(number, "DynamoDB", start, end, namespace="aws", aws=aws, **fields)


def exception(kind: str, message: str) -> dict[str, Any]:
    found = {"id": "e" * 16, "type": kind, "message": message}
    return {"working_directory": "/var/task", "exceptions": [found]}


DOCUMENTS: dict[str, list[Document]] = {
    "fast": [
        segment(1, 0x10, "shop/prod", 0, 0.2, origin=API, http=http("GET", "/api/items", 200)),
        segment(
            1,
            0x11,
            "items",
            0.01,
            0.19,
            origin=FUNCTION,
            parent_id=f"{0x10:016x}",
            user="alice",
            annotations={"tier": "gold", "age": 30, "order.id": "o-1", "aws:api_id": "a1"},
            subsegments=[table(0x12, "items", 0.05, 0.1)],
        ),
    ],
    "slow": [
        segment(2, 0x20, "shop/prod", 0, 6, origin=API, http=http("POST", "/api/checkout", 200)),
        segment(
            2,
            0x21,
            "checkout",
            0.1,
            5.9,
            origin=FUNCTION,
            parent_id=f"{0x20:016x}",
            user="bob",
            annotations={"tier": "silver", "age": 20, "vip": True, "retried": False},
            subsegments=[
                part(0x22, "## pay", 0.2, 5.6, subsegments=[call(0x23, "bank.example", 0.3, 5.5)])
            ],
        ),
    ],
    "missing": [
        segment(
            3,
            0x30,
            "shop/prod",
            0,
            0.05,
            origin=API,
            error=True,
            http=http("GET", "/api/nothing", 404),
            annotations={"tier": "gold", "age": "thirty"},
        )
    ],
    "throttled": [
        segment(
            4,
            0x40,
            "shop/prod",
            0,
            0.01,
            origin=API,
            error=True,
            throttle=True,
            http=http("POST", "/api/checkout", 429),
        )
    ],
    "broken": [
        segment(
            5,
            0x50,
            "shop/prod",
            0,
            3,
            origin=API,
            fault=True,
            http=http("POST", "/api/checkout", 500),
        ),
        segment(
            5,
            0x51,
            "checkout",
            0.1,
            2.9,
            origin=FUNCTION,
            parent_id=f"{0x50:016x}",
            fault=True,
            subsegments=[
                call(
                    0x52,
                    "bank.example",
                    0.2,
                    2.8,
                    fault=True,
                    cause=exception("ReadTimeout", "Read timed out (id: 42)"),
                )
            ],
        ),
    ],
    "handled": [
        segment(
            6,
            0x60,
            "items",
            0,
            0.5,
            origin=FUNCTION,
            subsegments=[
                table(0x61, "items", 0.1, 0.2, error=True, throttle=True),
                table(0x62, "items", 0.3, 0.4),
            ],
        )
    ],
    "open": [segment(7, 0x70, "worker", 0, None, user="alice")],
    "hosted": [
        segment(
            8,
            0x80,
            "data-plane",
            0,
            1.5,
            origin="AWS::EC2::Instance",
            fault=True,
            resource_arn="arn:aws:ec2:us-east-1:123456789012:instance/i-0b5a4678",
            aws={
                "account_id": "210987654321",
                "ec2": {"instance_id": "i-0b5a4678", "availability_zone": "us-east-1c"},
            },
            subsegments=[part(0x81, "deserialize", 0.2, 0.3, fault=True)],
        )
    ],
}


def compiled(documents: list[Document]) -> Trace:
    found = compile_trace(documents[0]["trace_id"], [check(each) for each in documents])
    assert found is not None
    return found


TRACES = {name: compiled(documents) for name, documents in DOCUMENTS.items()}
