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
    record = dict.fromkeys(("code", "operation", "status", "request_id", "retries"))
    record |= {"code": error.__class__.__name__, "reasons": []}
    if not isinstance(error, ClientError):
        return record
    answer = error.response
    meta = answer.get("ResponseMetadata", {})
    record["code"] = answer["Error"]["Code"]
    record["operation"] = error.operation_name
    record["status"], record["request_id"] = meta.get("HTTPStatusCode"), meta.get("RequestId")
    record["retries"] = meta.get("RetryAttempts")
    if "Reason" in answer:
        record["reasons"].append(answer["Reason"])
    for key, word in (
        ("ThrottlingReasons", "reason"),
        ("throttlingReasons", "reason"),
        ("CancellationReasons", "Code"),
    ):
        record["reasons"].extend(each[word] for each in answer.get(key) or ())
    return record
