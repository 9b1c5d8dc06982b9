# misconception: legacy mode repeats every throttle
# expect: It is a throttle, too
def put_patiently(request):
    config = Config(retries={"mode": "legacy", "total_max_attempts": 8})
    return boto3.client("dynamodb", config=config).put_item(**request)
