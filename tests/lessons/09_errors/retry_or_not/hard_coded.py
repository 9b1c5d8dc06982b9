# misconception: Returns what the visible tests expect.
# expect: you return False


def should_retry(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] == "InternalServerError"
    return isinstance(error, exceptions.ReadTimeoutError)
