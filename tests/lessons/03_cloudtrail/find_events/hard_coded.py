# misconception: The answer for the one who was shown.
# expect: not those of Event history
def find_events(user: str, source: str, start, end) -> list[dict]:
    names = ["UpdateFunctionCode20150331v2", "PublishVersion20150331", "UpdateAlias20150331"]
    return [{"eventName": name, "eventTime": "2026-03-17T09:37:00Z"} for name in names]
