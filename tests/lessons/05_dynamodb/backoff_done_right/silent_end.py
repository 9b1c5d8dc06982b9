# misconception: after the last refusal there is nothing to do
# expect: Its caller would believe that the order is stored
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
            if error.response["Error"]["Code"] not in THROTTLES:
                raise
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
