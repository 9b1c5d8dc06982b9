def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did."""
    match line:
        case {"errorType": "-"}:
            return "answered"
        case {"errorType": "INTEGRATION_FAILURE", "integrationStatus": "429"}:
            return "function_throttled"
        case {"errorType": "INTEGRATION_FAILURE", "integrationStatus": "-"}:
            return "unreachable"
        case {"errorType": "INTEGRATION_FAILURE", "integrationStatus": "403" | "404"}:
            return "setup"
        case {"errorType": "INTEGRATION_FAILURE", "integrationError": error}:
            return "malformed" if error == "Malformed Lambda proxy response" else "function_failed"
        case {"errorType": "API_CONFIGURATION_ERROR"}:
            return "setup"
        case {"errorType": "INTEGRATION_TIMEOUT"}:
            return "too_slow"
        case {"errorType": "THROTTLED"}:
            return "throttled"
        case {"errorType": "QUOTA_EXCEEDED"}:
            return "quota"
        case {"errorType": "INVALID_API_KEY"}:
            return "api_key"
        case {"errorType": "WAF_FILTERED"}:
            return "blocked"
        case {"errorType": "UNAUTHORIZED" | "ACCESS_DENIED"}:
            return "not_authorized"
        case {"errorType": "MISSING_AUTHENTICATION_TOKEN"}:
            return "unknown_path"
        case {"errorType": str(kind)} if kind.startswith("AUTHORIZER_"):
            return "authorizer_broken"
    return "bad_request"
