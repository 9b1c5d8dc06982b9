# misconception: the example is the exercise
# expect: None:


def to_proxy_response(result, origin: str) -> dict:
    """What a handler returns to a REST API's proxy integration, so that the client gets `result`."""
    headers = {"Access-Control-Allow-Origin": origin, "Content-Type": "application/json"}
    return {"statusCode": 200, "headers": headers, "body": '{"id": "o-74170", "paid": true}'}
