# misconception: max_attempts in code counts all calls (it counts the repetitions)
# expect: eight are allowed
def put_patiently(request):
    config = Config(retries={"mode": "standard", "max_attempts": 8})
    return boto3.client("dynamodb", config=config).put_item(**request)
