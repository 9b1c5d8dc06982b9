# misconception: It is always the night of the page.
# expect: Another night
def two_am_bucket(bucket: str, midnight: str) -> dict:
    return {
        "time": "2026-03-24T02:13:43Z",
        "role": "ci-deploy",
        "session": "build-6190",
        "address": "198.51.100.229",
        "cause": "stolen key",
        "behind": "AKIAFKP3MEMWG42UYRP2",
    }
