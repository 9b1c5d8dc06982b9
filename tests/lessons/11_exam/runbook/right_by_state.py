import itertools


def next_step(history: list[dict]) -> str:
    """What to do next in an incident."""
    seen, state, found = set(), "guess", {}
    for each in history:
        step = each["step"]
        seen.add(step)
        found[step] = each["found"]
        if step == "hypothesis":
            state = "test"
        elif step == "test":
            state = "mend" if each["found"] == "confirmed" else "guess"
        elif step == "fix":
            state = "look"
        elif step == "verify" and state == "look":
            state = "end" if each["found"] == "better" else "back"
        elif step == "undo":
            state = "guess"
    if state in ("look", "end", "back"):
        return {"look": "verify", "end": "write_up", "back": "undo"}[state]
    order = itertools.chain(["scope", "logs", "traces", "changes", "metrics"])
    for look in order:
        if look not in seen:
            return look
    return {"guess": "hypothesis", "test": "test", "mend": "fix"}[state]
