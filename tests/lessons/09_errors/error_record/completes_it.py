# misconception: the exception may be completed first
# expect: changes the exception
def error_record(error: Exception) -> dict:
    """What to log of a call of boto3 that failed: a dict for json.dumps.

    error: a ClientError, or another exception that a call raised. Keys, all of them each time:
      code: AWS's error code; for an exception without an answer of AWS, the name of its class
      operation: such as "PutItem"; status: HTTP status, an int; request_id: AWS's id of the request;
      retries: how often the SDK repeated the call, an int. Each None where it is not known.
      reasons: a list of texts, in AWS's order; [] where AWS gives none. There are three kinds:
        Lambda's Reason (a text beside Error); the `reason` of each of DynamoDB's ThrottlingReasons
        (in a ThrottlingException: throttlingReasons); the Code of each of CancellationReasons.

    >>> error_record(exceptions.ConnectTimeoutError(endpoint_url="https://..."))["code"]
    'ConnectTimeoutError'
    """
    answer = getattr(error, "response", None) or {}
    said = answer.setdefault("ResponseMetadata", {})
    throttling = answer.get("ThrottlingReasons") or answer.get("throttlingReasons") or []
    reasons = [answer["Reason"]] if answer.get("Reason") else []
    reasons += [each["reason"] for each in throttling]
    reasons += [each["Code"] for each in answer.get("CancellationReasons", [])]
    return {
        "code": answer.get("Error", {}).get("Code") or type(error).__name__,
        "operation": getattr(error, "operation_name", None),
        "status": said.get("HTTPStatusCode"),
        "request_id": said.get("RequestId"),
        "retries": said.get("RetryAttempts"),
        "reasons": reasons,
    }
