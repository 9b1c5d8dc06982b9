# misconception: the account is asked before the stage.
# expect: the account is asked before the stage
def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    """For each request the limit that refuses it: "plan", "stage" or "account"; None if none does.

    requests: [{"ms": 0, "key": "bookworm", "route": "GET /search"}, ...] in the order of their times
    (milliseconds); "key" is None for a caller without a key, who has no plan.
    Limits are pairs (rate per second, burst). plans: {"bookworm": (5, 10)}, for each key its own
    bucket. stage: {"GET /search": (20, 40)}, for each route one; a route that is not in it has no
    limit of its own. account_limit: one bucket for everybody.

    >>> calls = [{"ms": 0, "key": None, "route": "GET /search"}] * 3
    >>> who_said_429(calls, {}, {"GET /search": (1, 2)}, (10_000, 5_000))
    [None, None, 'stage']
    """
    buckets = {}  # (limit, whose) -> tokens, ms of the last look

    def takes(whose: tuple, limit: tuple, ms: float) -> bool:
        rate, burst = limit
        tokens, last = buckets.get(whose, (burst, ms))
        tokens = min(burst, tokens + (ms - last) * rate / 1000)
        enough = tokens > 0.999999
        buckets[whose] = (tokens - enough, ms)
        return enough

    answers = []
    for request in requests:
        asked = [
            ("plan", request["key"], plans.get(request["key"])),
            ("account", None, account_limit),
            ("stage", request["route"], stage.get(request["route"])),
        ]
        refusals = (
            name
            for name, whose, limit in asked
            if limit and not takes((name, whose), limit, request["ms"])
        )
        answers.append(next(refusals, None))
    return answers
