# misconception: every ClientError deserves a repetition
# expect: would be refused for ever
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
        except ClientError:
            if attempt == 7:
                raise
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
