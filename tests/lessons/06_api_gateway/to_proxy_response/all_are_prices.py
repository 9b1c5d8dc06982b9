# misconception: every fraction has two decimals.
# expect: three decimals
import base64
from datetime import datetime
from decimal import Decimal


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`.

    None: 204, no body.   str: 200, Content-Type "text/plain; charset=utf-8".
    bytes (a PNG): 200, Content-Type "image/png", which is a binary media type of the API.
    All else: 200, Content-Type "application/json". Lists and dicts hold texts, numbers, booleans,
    None, and also Decimal, which the client gets as a number (59.9 for 59.90; 3 for 3, and a whole
    number of any length exactly), and datetime, which it gets as a text, as isoformat() writes it.
    origin: for the header Access-Control-Allow-Origin, which every response has.

    >>> to_proxy_response({"total": Decimal("59.90")}, "https://shop.example")["body"]
    '{"total": 59.9}'
    """

    def plain(value):
        if isinstance(value, datetime):
            return value.isoformat()
        return int(value) if value == value.to_integral_value() else round(float(value), 2)

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
