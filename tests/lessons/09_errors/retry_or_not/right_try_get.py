# The codes that mean throttling, in all services (botocore, retries/standard.py).
THROTTLING = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"),
    *("RequestThrottledException", "TooManyRequestsException", "EC2ThrottledException"),
    *("ProvisionedThroughputExceededException", "TransactionInProgressException"),
    *("RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown"),
    "PriorRequestNotComplete",
}


def should_retry(error: Exception) -> bool:
    answer = getattr(error, "response", None)
    if not isinstance(error, ClientError) or answer is None:
        network = [exceptions.ConnectionError, exceptions.HTTPClientError]
        return any(issubclass(type(error), each) for each in network)
    if answer["Error"]["Code"] in THROTTLING:
        return True
    if answer["Error"]["Code"] in {"RequestTimeout", "RequestTimeoutException"}:
        return True
    return answer["ResponseMetadata"]["HTTPStatusCode"] in {429, 500, 502, 503, 504}
