# misconception: A 400 is never worth another try.
# expect: The status tells too little here. What does the code mean?


def should_retry(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in (429, 500, 502, 503, 504)
    return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))
