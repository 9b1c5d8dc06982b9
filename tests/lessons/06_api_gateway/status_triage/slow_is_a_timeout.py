# misconception: everything slower than 29 s is a timeout of the integration
# expect: it passed an answer on
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did."""
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
    if line["responseLatency"].isdigit() and int(line["responseLatency"]) > 29_000:
        return "too_slow"
    if line["errorType"] != "INTEGRATION_FAILURE":
        return words[line["errorType"]]
    if line["integrationStatus"] == "200":
        failed = line["integrationError"].startswith("Lambda Customer Function Error")
        return "function_failed" if failed else "malformed"
    return {"429": "function_throttled", "404": "setup"}.get(
        line["integrationStatus"], "unreachable"
    )
