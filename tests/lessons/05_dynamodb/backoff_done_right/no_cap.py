# misconception: a wait may grow without a bound
# expect: Where is their bound
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
        time.sleep(random.uniform(0, 5 * 4**attempt))
