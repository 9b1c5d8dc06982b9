# misconception: whoever waited longer than 29 s had no connection.
# expect: the type alone does not say it
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did.

    line: a line of an access log, all values text, "-" for what is not there. It has at least
    status, errorType ($context.error.responseType), integrationStatus (what Lambda's service or
    an HTTP backend answered), integrationError ($context.integration.error), functionStatus
    ($context.integration.status), responseLatency and integrationLatency (ms).

    >>> triage({"status": "429", "errorType": "THROTTLED", "integrationStatus": "-", ...})
    'throttled'
    """
    words = {
        "-": "answered",
        "BAD_REQUEST_PARAMETERS": "bad_request",
        "BAD_REQUEST_BODY": "bad_request",
        "MISSING_AUTHENTICATION_TOKEN": "unknown_path",
        "UNAUTHORIZED": "not_authorized",
        "ACCESS_DENIED": "not_authorized",
        "INVALID_API_KEY": "api_key",
        "WAF_FILTERED": "blocked",
        "THROTTLED": "throttled",
        "QUOTA_EXCEEDED": "quota",
        "AUTHORIZER_FAILURE": "authorizer_broken",
        "AUTHORIZER_CONFIGURATION_ERROR": "authorizer_broken",
        "API_CONFIGURATION_ERROR": "setup",
        "INTEGRATION_TIMEOUT": "too_slow",
    }
    if line["errorType"] != "INTEGRATION_FAILURE":
        return words[line["errorType"]]
    if int(line["integrationLatency"]) > 29000:
        return "unreachable"
    if line["integrationStatus"] == "200":  # the code ran
        failed = line["integrationError"].startswith("Lambda Customer Function Error")
        return "function_failed" if failed else "malformed"
    return {"429": "function_throttled", "404": "setup"}.get(
        line["integrationStatus"], "unreachable"
    )
