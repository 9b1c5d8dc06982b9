error_file = """
import functools
import json
import traceback
from http import HTTPStatus

from orders import Busy, InvalidOrder, SoldOut, UnknownProduct, place

STATUS = {InvalidOrder: 400, UnknownProduct: 404, SoldOut: 409, Busy: 503}


def report(error, request_id, status=None):
    record = {"level": "ERROR", "requestId": request_id, "errorType": error.__class__.__name__}
    record["detail"] = str(error)
    if status is not None:
        record["status"] = status
    if status in (None, 500):
        record["stack"] = "".join(traceback.format_exception(error))
    print(json.dumps(record), flush=True)


def http(function):
    @functools.wraps(function)
    def handler(event, context):
        try:
            return {"statusCode": 200, "body": json.dumps(function(event))}
        except Exception as error:
            status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
            report(error, context.aws_request_id, status)
            said = str(error) if status < 500 else HTTPStatus(status).phrase
            body = {"message": said, "requestId": context.aws_request_id}
            answer = {"statusCode": status, "body": json.dumps(body)}
            return {**answer, "headers": {"retry-after": "5"}} if status == 503 else answer

    return handler


@http
def api(event):
    try:
        order = json.loads(event["body"])
        assert isinstance(order, dict)
    except (TypeError, ValueError, AssertionError):
        raise InvalidOrder("send one order as a JSON object") from None
    return place(order)


def worker(event, context):
    try:
        place(json.loads(event["Records"][0]["body"]))
    except Exception as error:
        report(error, context.aws_request_id)
        raise RuntimeError("order failed, see the log") from error
"""
