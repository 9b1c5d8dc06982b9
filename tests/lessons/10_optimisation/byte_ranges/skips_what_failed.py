# misconception: a part that fails can be left out
# expect: meet a SlowDown:
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    s3 = boto3.client("s3", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found = []
        try:
            for start in range(0, head["ContentLength"], part):
                same = {"Range": f"bytes={start}-{start + part - 1}", "IfMatch": head["ETag"]}
                try:
                    found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
                except ClientError as error:
                    if error.response["Error"]["Code"] == "PreconditionFailed":
                        raise
            return b"".join(found)
        except ClientError:
            continue
