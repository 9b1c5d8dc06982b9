# misconception: the examples are the exercise
# expect: In another API
def triage(line: dict) -> str:
    """One word of the table above: why a request ended as it did."""
    return "throttled" if line["status"] == "429" else "answered"
