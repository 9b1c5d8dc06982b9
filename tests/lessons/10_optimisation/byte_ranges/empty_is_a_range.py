# misconception: an empty object has a first byte
# expect: InvalidRange
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found, start = [], 0
        try:
            while start == 0 or start < head["ContentLength"]:
                same = {"Range": f"bytes={start}-{start + part - 1}", "IfMatch": head["ETag"]}
                found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
                start += part
            return b"".join(found)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
