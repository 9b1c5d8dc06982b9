# misconception: boto3's default of four calls is enough
# expect: How many calls does a client make
def put_patiently(request):
    return boto3.client("dynamodb").put_item(**request)
