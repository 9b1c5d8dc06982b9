# misconception: a dict that is given is mine to complete
# expect: changed the request that it was given
def put_patiently(request):
    retries = {"mode": "standard", "total_max_attempts": 8}
    client = boto3.client("dynamodb", config=Config(retries=retries))
    request["ReturnValues"] = "ALL_OLD"
    return client.put_item(**request)
