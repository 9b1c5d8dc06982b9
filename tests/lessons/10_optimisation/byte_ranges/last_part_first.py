# misconception: parts are put together from the last one
# expect: another order
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found = []
        try:
            for start in range(0, head["ContentLength"], part):
                asked = f"bytes={start}-{start + part - 1}"
                same = {"Range": asked, "IfMatch": head["ETag"]}
                found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
            return b"".join(found[::-1])
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
