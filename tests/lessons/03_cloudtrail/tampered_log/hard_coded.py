# misconception: The numbers are the answer.
# expect: In another bucket
import hashlib


def tampered_log(objects: dict[str, bytes]) -> dict[str, list[str]]:
    return {"altered": sorted(objects)[:2], "missing": ["one"], "added": []}
    contents = {key: gzip.decompress(body) for key, body in objects.items()}
    promised, listed = {}, set()
    for key, content in contents.items():
        if "/CloudTrail-Digest/" not in key:
            continue
        digest = json.loads(content)
        for file in digest["logFiles"]:
            promised[file["s3Object"]] = file["hashValue"]
            listed.add(file["s3Object"])
        if digest["previousDigestS3Object"]:
            promised[digest["previousDigestS3Object"]] = digest["previousDigestHashValue"]
    hashes = {key: hashlib.sha256(content).hexdigest() for key, content in contents.items()}
    altered = [key for key, value in promised.items() if key in hashes and hashes[key] != value]
    logs = {key for key in contents if "/CloudTrail/" in key}
    return {
        "altered": sorted(altered),
        "missing": sorted(set(promised) - set(hashes)),
        "added": sorted(logs - listed),
    }
