# misconception: only the members of the outer dict need to be made plain
# expect: is not JSON serializable
import base64
from datetime import datetime
from decimal import Decimal


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`."""

    def plain(value):
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value

    cors = {"Access-Control-Allow-Origin": origin}
    if result is None:
        return {"statusCode": 204, "headers": cors}
    if isinstance(result, str):
        headers = {**cors, "Content-Type": "text/plain; charset=utf-8"}
        return {"statusCode": 200, "headers": headers, "body": result}
    if isinstance(result, bytes):
        body = base64.b64encode(result).decode()
        headers = {**cors, "Content-Type": "image/png"}
        return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}
    headers = {**cors, "Content-Type": "application/json"}
    if isinstance(result, dict):
        result = {name: plain(value) for name, value in result.items()}
    return {"statusCode": 200, "headers": headers, "body": json.dumps(plain(result))}
