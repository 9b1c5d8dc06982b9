# misconception: No key is None.
# expect: the list is empty, not None
import hashlib


def tampered_log(objects: dict[str, bytes]) -> dict[str, list[str]]:
    """What is wrong in a trail's bucket, by its chain of digests.

    objects: the bytes of every object by its key, gzip files all. Digest files have
    "/CloudTrail-Digest/" in their key, log files "/CloudTrail/". The first digest of a chain has no
    previous one (null). The newest digest is genuine, and no hour is still to come.
    Returns sorted keys: {"altered": [...], "missing": [...], "added": [...]}
        altered: log files and digests whose uncompressed content has another SHA-256 than a digest
            says (a log file that was packed anew, with the same content, is not altered);
        missing: log files and digests that a digest names and the bucket lacks;
        added: log files that no digest lists.

    >>> tampered_log(evidence)
    {'altered': [], 'missing': [], 'added': []}
    """
    ### BEGIN SOLUTION
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
        "added": sorted(logs - listed) or None,
    }
    ### END SOLUTION
