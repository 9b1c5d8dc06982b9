client = boto3.client(
    "dynamodb", config=Config(retries={"mode": "adaptive", "total_max_attempts": 8})
)


def put_patiently(request):
    return client.put_item(**request)
