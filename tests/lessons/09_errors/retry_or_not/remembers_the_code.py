# misconception: a code that was seen once means the same with every status
# expect: Unheard with status
SEEN: dict = {}
# The codes that mean throttling, in all services (botocore, retries/standard.py).
THROTTLING = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "EC2ThrottledException"),
    *("ProvisionedThroughputExceededException", "TransactionInProgressException"),
    *("RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown"),
    "PriorRequestNotComplete",
}


def should_retry(error: Exception) -> bool:
    """Whether the same call may succeed if it is repeated, by the rules of boto3's standard mode.

    error: what a call of a boto3 client raised, or what your own code raised around it.
    For a ClientError: error.response["Error"]["Code"], and the status as an int in
    error.response["ResponseMetadata"]["HTTPStatusCode"].

    >>> answer = {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}
    >>> should_retry(ClientError(answer, "GetObject"))
    False
    """
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        if code in SEEN:
            return SEEN[code]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        passing = ("RequestTimeout", "RequestTimeoutException", *THROTTLING)
        SEEN[code] = code in passing or status in (429, 500, 502, 503, 504)
        return SEEN[code]
    return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))
