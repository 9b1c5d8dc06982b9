from course.telemetry.apis.throttling import Limit, TokenBucket


def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    buckets, answers = {}, []
    for request in requests:
        said = None
        for name, whose, limits in (
            ("plan", request["key"], plans),
            ("stage", request["route"], stage),
            ("account", "all", {"all": account_limit}),
        ):
            if said or whose not in limits:
                continue
            if (name, whose) not in buckets:
                buckets[name, whose] = TokenBucket(Limit(*limits[whose]), request["ms"])
            if not buckets[name, whose].take(request["ms"]):
                said = name
        answers.append(said)
    return answers
