import base64
from datetime import datetime
from decimal import Decimal


def plain(value):
    """The same value of JSON's own types."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`."""
    headers = {"Access-Control-Allow-Origin": [origin]}
    if result is None:
        return {"statusCode": "204", "multiValueHeaders": headers, "body": ""}
    if isinstance(result, bytes):
        headers["Content-Type"] = ["image/png"]
        body = base64.b64encode(result).decode()
        return {
            "statusCode": "200",
            "multiValueHeaders": headers,
            "body": body,
            "isBase64Encoded": True,
        }
    if isinstance(result, str):
        headers["Content-Type"] = ["text/plain; charset=utf-8"]
        return {"statusCode": "200", "multiValueHeaders": headers, "body": result}
    headers["Content-Type"] = ["application/json; charset=utf-8"]
    return {"statusCode": "200", "multiValueHeaders": headers, "body": json.dumps(plain(result))}
