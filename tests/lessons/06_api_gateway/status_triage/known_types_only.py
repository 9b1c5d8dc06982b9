# misconception: types that the examples do not show do not occur
# expect: triage ended with KeyError
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did."""
    return {"-": "answered", "THROTTLED": "throttled", "INTEGRATION_TIMEOUT": "too_slow"}[
        line["errorType"]
    ]
