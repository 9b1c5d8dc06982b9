# misconception: a segment waits from its first call to the end of its last
# expect: in which none was running
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        start, end = segment["start_time"], segment["end_time"]
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        own = end - start
        if called:
            last = max(min(each.get("end_time", end), end) for each in called)
            own -= last - min(each["start_time"] for each in called)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return spent
