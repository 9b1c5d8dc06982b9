# misconception: some milliseconds of chance are enough
# expect: it must grow with the bound
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
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 8 - 1:
                raise
        time.sleep(min(20, 0.1 * 2**attempt) + random.uniform(0, 0.004))
