def put_patiently(request):
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    bound = 0.2
    calls = 0
    while True:
        calls += 1
        try:
            return client.put_item(**request)
        except (
            client.exceptions.ProvisionedThroughputExceededException,
            client.exceptions.ThrottlingException,
            client.exceptions.RequestLimitExceeded,
        ):
            if calls == 8:
                raise
            time.sleep(bound / 2 + random.random() * bound / 2)
            bound = min(20, 2 * bound)
