# misconception: one response type has one cause
# expect: the type alone does not say it
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
        "INTEGRATION_FAILURE": "malformed",
    }
    return words[line["errorType"]]
