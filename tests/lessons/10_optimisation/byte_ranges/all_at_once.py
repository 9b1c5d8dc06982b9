# misconception: one request fetches it all, whatever its size
# expect: asked for all of it
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
