# misconception: one more try can do no harm
# expect: place() is called twice
# api(event, context): gets a request of a REST API, whose event["body"] is a text or None.
#   Returns statusCode, body (JSON) and headers if needed: 200 with what place() returned; else the
#   body is {"message": what the client is told, "requestId": the id of this invocation}.
# worker(event, context): gets one message of SQS: event["Records"][0]["body"] is an order as JSON.
#   Calls place; whatever fails is logged, and must make the message come back.
# Each failure, in both handlers, prints one line of JSON with "requestId", "errorType" (name of the
#   exception's class), "detail" (its text), in api also "status" (a number). Where the status is
#   500, and in worker always, also "stack" (the stack trace).
error_file = ""
error_file = """
import json
import traceback

import orders


def log(error, context, **more):
    line = {"requestId": context.aws_request_id, "errorType": type(error).__name__}
    print(json.dumps({**line, "detail": str(error), **more}))


def status_of(error):
    if isinstance(error, orders.InvalidOrder):
        return 400
    if isinstance(error, orders.UnknownProduct):
        return 404
    if isinstance(error, orders.SoldOut):
        return 409
    return 503 if isinstance(error, orders.Busy) else 500


def parsed(body):
    try:
        order = json.loads(body or "")
    except ValueError:
        order = None
    if not isinstance(order, dict):
        raise orders.InvalidOrder("the body must be a JSON object")
    return order


def api(event, context):
    try:
        order = parsed(event["body"])
        try:
            done = orders.place(order)
        except orders.Busy:
            done = orders.place(order)
        return {"statusCode": 200, "body": json.dumps(done)}
    except Exception as error:
        status = status_of(error)
        more = {"stack": traceback.format_exc()} if status == 500 else {}
        log(error, context, status=status, **more)
        told = str(error) if status < 500 else "internal error, try again later"
        body = {"message": told, "requestId": context.aws_request_id}
        headers = {"Retry-After": "2"} if status == 503 else {}
        return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def worker(event, context):
    try:
        orders.place(json.loads(event["Records"][0]["body"]))
    except Exception as error:
        log(error, context, stack=traceback.format_exc())
        raise
"""
