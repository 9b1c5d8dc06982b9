# misconception: a seeded random number spreads clients as well
# expect: after the very same waits
THROTTLES = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}


def put_patiently(request):
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for attempt in range(8):
        try:
            return client.put_item(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 7:
                raise
        time.sleep(random.Random(attempt).uniform(0, min(20, 0.1 * 2**attempt)))
