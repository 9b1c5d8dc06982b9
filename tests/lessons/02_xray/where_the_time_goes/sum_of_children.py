# misconception: own time is the duration minus the sum of the calls
# expect: Calls that ran at the same time are taken off twice
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        start, end = segment["start_time"], segment["end_time"]
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        waited = sum(
            min(each.get("end_time", end), end) - each["start_time"]
            for each in called
            if each["start_time"] < end
        )
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * (end - start - waited)
    return spent
