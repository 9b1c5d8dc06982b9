# misconception: What was fetched is kept beside the object.
# expect: fetch reads
def fetch(bucket: str, key: str, part: int) -> bytes:
    """The content of an object, fetched in parts.

    part: no request asks for more than so many bytes, and no more requests for content are made
        than that needs, repetitions of failed ones left out. Side by side or one after the other:
        in this account nobody counts your time.
    If the object is replaced meanwhile, parts of two versions must not be mixed: begin again.
    It may be empty.

    >>> fetch("reports", "2026-03-17.csv", 8_000_000)
    b'order,customer,...'
    """
    s3 = boto3.client("s3")
    while True:
        head = s3.head_object(Bucket=bucket, Key=key)
        found = []
        try:
            for start in range(0, head["ContentLength"], part):
                asked = f"bytes={start}-{start + part - 1}"
                same = {"Range": asked, "IfMatch": head["ETag"]}
                found.append(s3.get_object(Bucket=bucket, Key=key, **same)["Body"].read())
            s3.put_object(Bucket=bucket, Key=f"{key}.fetched", Body=b"".join(found))
            return b"".join(found)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
