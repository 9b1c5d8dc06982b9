def own_time(segments):
    out = {}
    for s in segments:
        if "end_time" not in s:
            continue
        ids = {p["id"] for p in parts_of(s)}
        e = s["end_time"]
        iv = sorted(
            (max(c["start_time"], s["start_time"]), min(c.get("end_time", e), e))
            for c in segments
            if c.get("parent_id") in ids
        )
        merged = []
        for a, b in iv:
            if b <= a:
                continue
            if merged and a <= merged[-1][1]:
                merged[-1][1] = max(b, merged[-1][1])
            else:
                merged.append([a, b])
        out.setdefault(s["name"], 0)
        out[s["name"]] += (e - s["start_time"] - sum(b - a for a, b in merged)) * 1000
    return out
