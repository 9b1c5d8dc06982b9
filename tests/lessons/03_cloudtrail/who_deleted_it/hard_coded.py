# misconception: The answer for the night that was shown.
# expect: which is not it
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    return {
        "actor": "data-jobs",
        "session": "build-260",
        "address": "198.51.100.202",
        "time": "2026-03-17T01:51:00Z",
    }
