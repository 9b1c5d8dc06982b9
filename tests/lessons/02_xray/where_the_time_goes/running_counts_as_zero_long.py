# misconception: a segment without an end lasts until the trace's last end
# expect: a segment that still runs has no own time
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        segment = {"end_time": max(each.get("end_time", 0) for each in segments), **segment}
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        own, reached = 0.0, segment["start_time"]
        for each in sorted(called, key=lambda each: each["start_time"]):
            own += max(0.0, min(each["start_time"], segment["end_time"]) - reached)
            reached = max(reached, each.get("end_time", segment["end_time"]))
        own += max(0.0, segment["end_time"] - reached)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return spent
