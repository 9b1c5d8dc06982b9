# misconception: the end of a range is exclusive, as in Python
# expect: Is the end of a range part of it
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found = []
        try:
            for start in range(0, head["ContentLength"], part):
                asked = f"bytes={start}-{start + part}"
                same = {"Range": asked, "IfMatch": head["ETag"]}
                found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
            return b"".join(found)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
