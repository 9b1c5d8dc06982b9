def triage(record, today, exam):
    frame = pd.DataFrame(record)
    asked = frame[frame.what == "answer"].set_index("item")
    when = asked.index.to_series().map(dict(zip(asked.index, frame.index[frame.what == "answer"])))
    said = frame[frame.what == "sure"]
    said = said[said.index < said.item.map(when)].groupby("item").value.last()
    table = pd.DataFrame({"right": asked.value.astype(bool)}).join(said.rename("sure"))
    known = table.dropna(subset="sure")
    brier = ((known.sure.astype(float) / 100 - known.right) ** 2).mean() if len(known) else None
    missed = table[~table.right].sort_values(
        "sure", ascending=False, na_position="last", kind="stable"
    )
    days = table.apply(lambda row: 1 if not row.right else 3 if not row.sure >= 90 else 9, axis=1)
    last = pd.Timestamp(exam) - pd.Timedelta(days=1)
    due = {
        item: f"{min(pd.Timestamp(today) + pd.Timedelta(days=n), last):%Y-%m-%d}"
        for item, n in days.items()
    }
    return {"brier": brier, "repeat": list(missed.index), "due": due}
