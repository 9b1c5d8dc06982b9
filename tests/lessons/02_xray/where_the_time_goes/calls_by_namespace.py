# misconception: the calls noted inside a segment tell how long the called segments ran.
# expect: calls that a segment's own parts record are taken off
def own_time(segments):
    out = {}
    for s in segments:
        if "end_time" not in s:
            continue
        calls = [p for p in parts_of(s)[1:] if p.get("namespace") in ("remote", "aws")]
        own, reached = 0.0, s["start_time"]
        for c in sorted(calls, key=lambda c: c["start_time"]):
            own += max(0.0, min(c["start_time"], s["end_time"]) - reached)
            reached = max(reached, c.get("end_time", s["end_time"]))
        own += max(0.0, s["end_time"] - reached)
        out[s["name"]] = out.get(s["name"], 0) + 1000 * own
    return out
