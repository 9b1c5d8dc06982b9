# misconception: The first word counts.
# expect: In another sitting
def triage(record: list[dict], today: str, exam: str) -> dict | None:
    from fsrs import Card, Rating, Scheduler

    now, eve = pd.Timestamp(today, tz="UTC"), pd.Timestamp(exam, tz="UTC") - pd.Timedelta(days=1)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    sure: dict[str, int] = {}
    right: dict[str, bool] = {}
    for each in record:
        if each["what"] == "answer":
            right[each["item"]] = each["value"]
        elif each["item"] not in right and each["item"] not in sure:
            sure[each["item"]] = each["value"]

    def day(item: str) -> str:
        rating = Rating.Easy if item in sure and sure[item] >= 90 else Rating.Hard
        card, _ = scheduler.review_card(
            Card(card_id=len(right)), rating if right[item] else Rating.Again, now.to_pydatetime()
        )
        when = pd.Timestamp(card.due) if right[item] else now + pd.Timedelta(days=1)
        return f"{min(when, eve):%Y-%m-%d}"

    known = [item for item in right if item in sure]
    misses = [item for item in right if not right[item]]
    return {
        "brier": sum((sure[x] / 100 - right[x]) ** 2 for x in known) / len(known)
        if known
        else None,
        "repeat": sorted(misses, key=lambda item: -sure.get(item, 0)),
        "due": {item: day(item) for item in right},
    }
