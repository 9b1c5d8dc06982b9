# misconception: an own loop replaces what the client does by itself
# expect: Who else repeats, besides your code
THROTTLES = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}


def put_patiently(request):
    client = boto3.client("dynamodb")
    for attempt in range(8):
        try:
            return client.put_item(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 7:
                raise
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
