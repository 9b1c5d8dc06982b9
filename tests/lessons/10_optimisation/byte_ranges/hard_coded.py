# misconception: the example is all that is asked
# expect: came back
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    for start in range(0, 1024, 300):
        asked = f"bytes={start}-{start + 299}"
        s3.get_object(Bucket=bucket, Key=key, Range=asked)
    return bytes(range(256)) * 4
