# misconception: parts arrive in the order in which they were asked for
# expect: another order
from concurrent.futures import ThreadPoolExecutor, as_completed


def fetch(bucket: str, key: str, part: int) -> bytes:
    s3 = boto3.client("s3")
    head = s3.head_object(Bucket=bucket, Key=key)
    size, same = head["ContentLength"], {"Bucket": bucket, "Key": key, "IfMatch": head["ETag"]}
    found = []

    def piece(start):
        asked = f"bytes={start}-{start + part - 1}"
        return s3.get_object(Range=asked, **same)["Body"].read()

    with ThreadPoolExecutor(8) as pool:
        begun = [pool.submit(piece, start) for start in range(0, size, part)]
        for future in as_completed(begun):
            found.append(future.result())
    return b"".join(found)
