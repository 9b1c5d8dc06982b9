# misconception: a segment waits for everything below it.
# expect: called in its turn is taken off
def own_time(segments):
    def below(s):
        ids = {p["id"] for p in parts_of(s)}
        found = []
        for c in segments:
            if c.get("parent_id") in ids:
                found += [c, *below(c)]
        return found

    out = {}
    for s in segments:
        if "end_time" not in s:
            continue
        own, reached = 0.0, s["start_time"]
        for c in sorted(below(s), key=lambda c: c["start_time"]):
            own += max(0.0, min(c["start_time"], s["end_time"]) - reached)
            reached = max(reached, c.get("end_time", s["end_time"]))
        own += max(0.0, s["end_time"] - reached)
        out[s["name"]] = out.get(s["name"], 0) + 1000 * own
    return out
