# misconception: a float holds every number
# expect: is a whole number
import base64
from datetime import datetime
from decimal import Decimal


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`."""

    def plain(value):
        if isinstance(value, datetime):
            return value.isoformat()
        return float(value)

    def response(kind: str, body: str, **more) -> dict:
        return {"statusCode": 200, "headers": {**cors, "Content-Type": kind}, "body": body, **more}

    cors = {"Access-Control-Allow-Origin": origin}
    if result is None:
        return {"statusCode": 204, "headers": cors}
    if isinstance(result, str):
        return response("text/plain; charset=utf-8", result)
    if isinstance(result, bytes):
        return response("image/png", base64.b64encode(result).decode(), isBase64Encoded=True)
    return response("application/json", json.dumps(result, default=plain))
