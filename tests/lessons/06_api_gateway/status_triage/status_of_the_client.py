# misconception: the status that the client saw says what happened, so customised answers do not exist
# expect: customised its gateway responses
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did."""
    kind, status = line["errorType"], line["status"]
    if kind == "-":
        return "answered"
    if status == "400":
        return "bad_request"
    if status == "401":
        return "not_authorized"
    if status == "403":
        names = {"INVALID_API_KEY": "api_key", "WAF_FILTERED": "blocked"}
        names["MISSING_AUTHENTICATION_TOKEN"] = "unknown_path"
        return names.get(kind, "not_authorized")
    if status == "429":
        return "quota" if kind == "QUOTA_EXCEEDED" else "throttled"
    if kind == "INTEGRATION_TIMEOUT":
        return "too_slow"
    if kind != "INTEGRATION_FAILURE":
        return "authorizer_broken" if "AUTHORIZER" in kind else "setup"
    if line["integrationStatus"] == "200":
        failed = line["integrationError"].startswith("Lambda Customer Function Error")
        return "function_failed" if failed else "malformed"
    return {"429": "function_throttled", "404": "setup"}.get(
        line["integrationStatus"], "unreachable"
    )
