# misconception: who meets a new version has to give up
# expect: PreconditionFailed
def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    head = s3.head_object(Bucket=bucket, Key=key)
    found = []
    for start in range(0, head["ContentLength"], part):
        same = {"Range": f"bytes={start}-{start + part - 1}", "IfMatch": head["ETag"]}
        found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
    return b"".join(found)
