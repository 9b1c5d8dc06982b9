# misconception: a look at the table before each call costs nothing
# expect: also calls DescribeTable
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
            boto3.client("dynamodb").describe_table(TableName=request["TableName"])
            return answer
        except ClientError as error:
            if error.response["Error"]["Code"] not in THROTTLES or attempt == 8 - 1:
                raise
        time.sleep(random.uniform(0, min(20, 0.1 * 2**attempt)))
