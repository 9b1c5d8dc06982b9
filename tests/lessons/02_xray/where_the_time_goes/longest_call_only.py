# misconception: a segment waits for its longest call, whatever else it calls
# expect: Only the longest call is taken off
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        start, end = segment["start_time"], segment["end_time"]
        ids = {part["id"] for part in parts_of(segment)}
        waits = [
            min(each.get("end_time", end), end) - each["start_time"]
            for each in segments
            if each.get("parent_id") in ids and each["start_time"] < end
        ]
        own = end - start - max(waits, default=0.0)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return spent
