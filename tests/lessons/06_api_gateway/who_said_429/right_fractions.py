from fractions import Fraction


def who_said_429(requests: list, plans: dict, stage: dict, account_limit: tuple) -> list:
    full_at = {}  # bucket -> when it would be full again: a bucket written as a time

    def refuses(name: str, whose: str, limit: tuple, ms: int) -> bool:
        each = Fraction(1000, limit[0])
        full = max(full_at.get((name, whose), ms), ms) + each
        if full - ms > limit[1] * each:
            return True
        full_at[name, whose] = full
        return False

    answers = []
    for call in requests:
        ms = call["ms"]
        if call["key"] in plans and refuses("plan", call["key"], plans[call["key"]], ms):
            answers.append("plan")
        elif call["route"] in stage and refuses("stage", call["route"], stage[call["route"]], ms):
            answers.append("stage")
        elif refuses("account", "", account_limit, ms):
            answers.append("account")
        else:
            answers.append(None)
    return answers
