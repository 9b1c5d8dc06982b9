# misconception: a call that outlives its caller takes off its whole duration
# expect: Until when does it count
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        own, reached = 0.0, segment["start_time"]
        for each in sorted(called, key=lambda each: each["start_time"]):
            own += max(0.0, each["start_time"] - reached)
            reached = max(reached, each.get("end_time", segment["end_time"]))
        own += segment["end_time"] - reached
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return spent
