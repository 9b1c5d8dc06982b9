def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    spent: dict = {}
    owner = {part["id"]: segment["id"] for segment in segments for part in parts_of(segment)}
    for segment in segments:
        if "end_time" not in segment:
            continue
        first, last = segment["start_time"], segment["end_time"]
        turns = [(first, 0), (last, 0)]
        for each in segments:
            if owner.get(each.get("parent_id")) == segment["id"]:
                turns.append((min(max(each["start_time"], first), last), 1))
                turns.append((min(max(each.get("end_time", last), first), last), -1))
        turns.sort()
        alone, running = 0.0, 0
        for (time, step), (after, _) in zip(turns, turns[1:], strict=False):
            running += step
            alone += (after - time) * (running == 0)
        spent[segment["name"]] = spent.get(segment["name"], 0.0) + 1000 * alone
    return spent
