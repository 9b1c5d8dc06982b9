# misconception: Every sitting is the one on the page.
# expect: were missed; you repeat 2
def triage(record, today, exam):
    due = {"a": "2026-11-24", "b": "2026-11-24", "c": "2026-12-01"}
    return {"brier": 0.39, "repeat": ["b", "a"], "due": due}
