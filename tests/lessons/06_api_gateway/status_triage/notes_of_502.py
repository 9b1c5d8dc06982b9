# misconception: 502 is a throttled function and 500 one that threw, as many notes have it
# expect: Many notes say
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
    if line["errorType"] != "INTEGRATION_FAILURE":
        return words[line["errorType"]]
    if line["integrationStatus"] == "404":
        return "setup"
    if line["integrationStatus"] == "-":
        return "unreachable"
    if "Malformed Lambda proxy response" in line["integrationError"]:
        return "malformed"
    return {"502": "function_throttled"}.get(line["status"], "function_failed")
