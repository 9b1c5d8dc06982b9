# misconception: the number of the attempt may stand in the item while it is on its way
# expect: was given, and {'pk'
THROTTLES = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
}


def put_patiently(request):
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    for attempt in range(8):
        try:
            answer = client.put_item(**request)
            request["Item"].pop("attempt", None)
            return answer
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 7:
                raise
        request["Item"]["attempt"] = {"N": str(attempt)}
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
