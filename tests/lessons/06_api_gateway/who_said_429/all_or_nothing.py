# misconception: a request takes tokens only when all limits let it through.
# expect: gives back what it took at the limits before
def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    buckets, answers = {}, []
    for request in requests:
        asked = [("plan", request["key"], plans), ("stage", request["route"], stage)]
        limits = [(n, whose, kept[whose]) for n, whose, kept in asked if whose in kept]
        limits.append(("account", None, account_limit))
        for name, whose, (rate, burst) in limits:
            tokens, last = buckets.get((name, whose), (burst, request["ms"]))
            tokens = min(burst, tokens + (request["ms"] - last) * rate / 1000)
            buckets[name, whose] = (tokens, request["ms"])
        empty = [name for name, whose, _ in limits if buckets[name, whose][0] < 1]
        answers.append(empty[0] if empty else None)
        if not empty:
            for name, whose, _ in limits:
                tokens, last = buckets[name, whose]
                buckets[name, whose] = (tokens - 1, last)
    return answers
