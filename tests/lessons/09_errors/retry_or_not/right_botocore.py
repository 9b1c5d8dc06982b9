from types import SimpleNamespace

from botocore.retries import standard


def should_retry(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError))
    context = standard.RetryContext(
        attempt_number=1,
        parsed_response=error.response,
        http_response=SimpleNamespace(
            status_code=error.response["ResponseMetadata"]["HTTPStatusCode"]
        ),
    )
    checkers = (
        standard.TransientRetryableChecker(),
        standard.ThrottledRetryableChecker(),
        standard.ThrottlingStatusCodeChecker(),
    )
    return any(checker.is_retryable(context) for checker in checkers)
