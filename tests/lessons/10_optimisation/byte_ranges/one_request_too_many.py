# misconception: the end is found by asking beyond it
# expect: you made 5
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    found = []
    while True:
        start = len(found) * part
        asked = f"bytes={start}-{start + part - 1}"
        try:
            found.append(s3.get_object(Bucket=bucket, Key=key, Range=asked)["Body"].read())
        except ClientError:
            return b"".join(found)
