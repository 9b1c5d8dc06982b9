# misconception: a number may be given as text.
# expect: Not all are numbers
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself.

    segments: the documents of one trace, dicts in any order, as fetch gives them. Times are epoch
    seconds. A segment called those segments whose parent_id is the id of one of its parts.

    A segment's own time: its duration without the time in which at least one segment that it called
    was running. What runs at the same time is taken off once; what runs on after the segment's end
    counts only until that end. A segment without end_time still runs: it has no own time yet, and
    takes from its caller's.
    Returns {name: milliseconds}; segments of the same name are added up.

    web runs from 10.0 to 11.0, and pricing, called by it, from 10.1 to 10.7:
    >>> own_time([web, pricing])
    {'web': 400.0, 'pricing': 600.0}
    """
    ### BEGIN SOLUTION
    spent: dict = {}
    for segment in segments:
        if "end_time" not in segment:
            continue
        ids = {part["id"] for part in parts_of(segment)}
        called = [each for each in segments if each.get("parent_id") in ids]
        own, reached = 0.0, segment["start_time"]
        for each in sorted(called, key=lambda each: each["start_time"]):
            own += max(0.0, min(each["start_time"], segment["end_time"]) - reached)
            reached = max(reached, each.get("end_time", segment["end_time"]))
        own += max(0.0, segment["end_time"] - reached)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * own
    return {k: str(v) for k, v in spent.items()}
    ### END SOLUTION
