RULES = """
answered            -                               *    *
bad_request         BAD_REQUEST_PARAMETERS          *    *
bad_request         BAD_REQUEST_BODY                *    *
unknown_path        MISSING_AUTHENTICATION_TOKEN    *    *
not_authorized      UNAUTHORIZED                    *    *
not_authorized      ACCESS_DENIED                   *    *
api_key             INVALID_API_KEY                 *    *
blocked             WAF_FILTERED                    *    *
throttled           THROTTLED                       *    *
quota               QUOTA_EXCEEDED                  *    *
authorizer_broken   AUTHORIZER_FAILURE              *    *
authorizer_broken   AUTHORIZER_CONFIGURATION_ERROR  *    *
setup               API_CONFIGURATION_ERROR         *    *
too_slow            INTEGRATION_TIMEOUT             *    *
function_throttled  INTEGRATION_FAILURE             429  *
setup               INTEGRATION_FAILURE             404  *
function_failed     INTEGRATION_FAILURE             200  Lambda
malformed           INTEGRATION_FAILURE             200  *
unreachable         INTEGRATION_FAILURE             -    *
"""


def triage(line: dict) -> str:
    """The first rule whose columns fit the line."""
    for rule in RULES.strip().splitlines():
        word, kind, status, error = rule.split()
        if (
            line["errorType"] == kind
            and status in ("*", line["integrationStatus"])
            and (error == "*" or line["integrationError"].startswith(error))
        ):
            return word
    return "answered"
