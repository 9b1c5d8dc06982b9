# misconception: every incident goes the same way
# expect: a change for a cause that no test has confirmed
def next_step(history: list[dict]) -> str:
    order = ["scope", "changes", "metrics", "traces", "logs", "hypothesis", "test", "fix", "verify"]
    return [*order, "write_up"][min(len(history), 9)]
