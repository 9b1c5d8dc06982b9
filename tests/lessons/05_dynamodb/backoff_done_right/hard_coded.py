# misconception: two refusals are the most that happens
# expect: How many calls does a client make
def put_patiently(request):
    client = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 3}))
    return client.put_item(**request)
