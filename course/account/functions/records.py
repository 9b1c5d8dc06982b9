"""Records as a function gets them from a queue or a stream.

"Using Lambda with Amazon SQS", "Using Lambda to process records from Amazon Kinesis Data Streams",
"Using AWS Lambda with Amazon DynamoDB": the example events. Filters look at a record's own fields;
a body or data that is JSON is looked into ("Control which events Lambda sends to your function").
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Record = dict[str, Any]


def of_message(message: Mapping[str, Any], arn: str) -> Record:
    """A message as `receive_message` gave it."""
    record: Record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return {
        **record,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


def _attribute(value: Mapping[str, Any]) -> Record:
    found: Record = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        found["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        found["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return found


def of_kinesis(record: Mapping[str, Any], shard: str, arn: str, role: str) -> Record:
    """A record as it travels in the answer of GetRecords."""
    number = record["SequenceNumber"]
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": number,
            "data": record["Data"],
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role,
        "awsRegion": arn.split(":")[3],
        "eventSourceARN": arn,
    }


def of_dynamodb(record: Mapping[str, Any], arn: str) -> Record:
    """A stream record as `get_records` gave it."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = _seconds(change["ApproximateCreationDateTime"])
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record["eventVersion"],
        "eventSource": "aws:dynamodb",
        "awsRegion": arn.split(":")[3],
        "dynamodb": _without_bytes(change),
        "eventSourceARN": arn,
    }


def _without_bytes(value: Any) -> Any:
    """Binary attributes are base64 text in an event."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _without_bytes(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_bytes(each) for each in value]
    return value


def _seconds(moment: datetime) -> float:
    return round(moment.timestamp(), 3)


def filtered_on(record: Record) -> Record:
    """What filter criteria look at: the record, with a body or data of JSON read."""
    if "body" in record:
        return {**record, "body": _read(record["body"])}
    if "kinesis" in record:
        kinesis = record["kinesis"]
        data = _read(base64.b64decode(kinesis["data"]))
        # The pattern's key is `data`, beside the metadata of the record.
        return {**record, **{k: v for k, v in kinesis.items() if k != "data"}, "data": data}
    return record


def _read(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text


def identifier(record: Record) -> str:
    """What a function names in batchItemFailures."""
    if "messageId" in record:
        return str(record["messageId"])
    if "kinesis" in record:
        return str(record["kinesis"]["sequenceNumber"])
    return str(record["dynamodb"]["SequenceNumber"])
