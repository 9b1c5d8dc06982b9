import base64
from datetime import datetime
from decimal import Decimal


class Encoder(json.JSONEncoder):
    def default(self, o):
        match o:
            case datetime():
                return o.isoformat()
            case Decimal() if o % 1 == 0:
                return int(o)
            case Decimal():
                return float(o)
        return super().default(o)


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`."""
    answer = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": origin}}
    answer["isBase64Encoded"] = isinstance(result, bytes)
    if result is None:
        answer["statusCode"] = 204
        return answer
    if isinstance(result, bytes):
        kind, answer["body"] = "image/png", base64.standard_b64encode(result).decode("ascii")
    elif isinstance(result, str):
        kind, answer["body"] = "text/plain; charset=utf-8", result
    else:
        kind, answer["body"] = "application/json", Encoder(ensure_ascii=False).encode(result)
    answer["headers"]["Content-Type"] = kind
    return answer
