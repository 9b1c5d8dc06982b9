import hashlib


def tampered_log(objects: dict[str, bytes]) -> dict[str, list[str]]:
    def judge(key: str, promised: str) -> None:
        if key not in objects:
            missing.add(key)
        elif hashlib.sha256(gzip.decompress(objects[key])).hexdigest() != promised:
            altered.add(key)

    altered: set[str] = set()
    missing: set[str] = set()
    added = {key for key in objects if "/CloudTrail/" in key}
    for key in sorted(objects, reverse=True):
        if "/CloudTrail-Digest/" in key:
            digest = json.loads(gzip.decompress(objects[key]))
            if digest["previousDigestS3Object"] is not None:
                judge(digest["previousDigestS3Object"], digest["previousDigestHashValue"])
            for file in digest["logFiles"]:
                judge(file["s3Object"], file["hashValue"])
                added.discard(file["s3Object"])
    return {"altered": sorted(altered), "missing": sorted(missing), "added": sorted(added)}
