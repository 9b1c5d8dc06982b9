def put_patiently(request):
    config = Config(retries={"mode": "adaptive", "total_max_attempts": 8})
    return boto3.client("dynamodb", config=config).put_item(**request)
