def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    cuts = sorted(
        {each[key] for each in segments for key in ("start_time", "end_time") if key in each}
    )
    pieces = list(zip(cuts, cuts[1:], strict=False))
    totals = pd.Series(dtype=float)
    for segment in (each for each in segments if "end_time" in each):
        ids = [part["id"] for part in parts_of(segment)]
        called = [each for each in segments if each.get("parent_id") in ids]
        alone = [
            b - a
            for a, b in pieces
            if segment["start_time"] <= a
            and b <= segment["end_time"]
            and not any(c["start_time"] <= a and b <= c.get("end_time", b) for c in called)
        ]
        totals.loc[len(totals)] = 0.0
        totals = totals.rename({len(totals) - 1: segment["id"]})
        totals[segment["id"]] = 1000 * sum(alone)
    names = {each["id"]: each["name"] for each in segments}
    return totals.groupby(names).sum().to_dict()
