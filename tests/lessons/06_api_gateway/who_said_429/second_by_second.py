# misconception: a limit counts the requests of each second.
# expect: Follow its buckets by hand
from collections import Counter


def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    counts, answers = Counter(), []
    for request in requests:
        second = request["ms"] // 1000
        limits = [("plan", request["key"], plans.get(request["key"]))]
        limits.append(("stage", request["route"], stage.get(request["route"])))
        limits.append(("account", None, account_limit))
        refused = None
        for name, whose, limit in limits:
            if limit is None:
                continue
            if counts[name, whose, second] >= limit[0] + (second == 0) * (limit[1] - limit[0]):
                refused = name
                break
            counts[name, whose, second] += 1
        answers.append(refused)
    return answers
