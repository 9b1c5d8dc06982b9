# misconception: a restart cannot do harm
# expect: throws away the evidence
def next_step(history: list[dict]) -> str:
    """What to do next in an incident."""
    steps = [each["step"] for each in history]

    def last(step: str) -> int:
        """The place where a step was taken last, or -1."""
        return max((k for k, each in enumerate(steps) if each == step), default=-1)

    if last("fix") > max(last("verify"), last("undo")):
        return "verify"
    if steps and steps[-1] == "verify":
        return "write_up" if history[-1]["found"] == "better" else "undo"
    for look in ("scope", "changes", "metrics", "traces", "logs"):
        if look not in steps:
            return look
    if steps and history[-1]["found"] == "refuted":
        return "restart_all"
    if last("hypothesis") > last("test"):
        return "test"
    if last("test") > last("fix") and history[last("test")]["found"] == "confirmed":
        return "fix"
    return "hypothesis"
