# misconception: The text of the error tells.
# expect: Messages prove nothing


def should_retry(error: Exception) -> bool:
    text = str(error)
    words = [
        "Throttl",
        "Exceeded",
        "TooMany",
        "SlowDown",
        "Timeout",
        "Timed",
        "timed",
        "timeout",
        "50",
    ]
    if isinstance(error, exceptions.ParamValidationError):
        return False
    return any(word in text for word in words) or "Internal" in text or "Unavailable" in text
