# misconception: All of botocore's own exceptions come from the network.
# expect: NoCredentialsError (it found no credentials, and will find none): you return True
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
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        passing = ("RequestTimeout", "RequestTimeoutException", *THROTTLING)
        return code in passing or status in (429, 500, 502, 503, 504)
    return isinstance(error, exceptions.BotoCoreError) and not isinstance(
        error, exceptions.ParamValidationError
    )
