# misconception: subsegments are services of their own
# expect: names are those of the segments
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    for segment in segments:
        for part in parts_of(segment):
            if "end_time" not in part:
                continue
            below = [each for each in segments if each.get("parent_id") == part["id"]]
            below += part.get("subsegments", [])
            own, reached = 0.0, part["start_time"]
            for each in sorted(below, key=lambda each: each["start_time"]):
                own += max(0.0, min(each["start_time"], part["end_time"]) - reached)
                reached = max(reached, each.get("end_time", part["end_time"]))
            own += max(0.0, part["end_time"] - reached)
            name = part["name"]
            spent[name] = spent.get(name, 0.0) + 1000 * own
    return spent
