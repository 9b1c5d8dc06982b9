# misconception: a fixed number of parts will do
# expect: bytes in one request
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    head = s3.head_object(Bucket=bucket, Key=key)
    each, found = max(1, -(-head["ContentLength"] // 4)), []
    for start in range(0, head["ContentLength"], each):
        asked = f"bytes={start}-{start + each - 1}"
        found.append(s3.get_object(Bucket=bucket, Key=key, Range=asked)["Body"].read())
    return b"".join(found)
