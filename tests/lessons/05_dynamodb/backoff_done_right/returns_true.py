# misconception: that it worked is all that a caller wants
# expect: put_item's answer is wanted
THROTTLES = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}


def put_patiently(request):
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for attempt in range(8):
        try:
            client.put_item(**request)
            return True
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 7:
                raise
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
