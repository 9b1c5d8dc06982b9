from datetime import date, timedelta


def triage(record, today, exam):
    now, eve = date.fromisoformat(today), date.fromisoformat(exam) - timedelta(days=1)
    said, rated, outcome = {}, {}, {}
    for each in record:
        if each["what"] == "sure":
            said[each["item"]] = each["value"]
        else:
            outcome[each["item"]] = each["value"]
            if each["item"] in said:
                rated[each["item"]] = said[each["item"]]
    squares = [(rated[item] / 100 - (1 if outcome[item] else 0)) ** 2 for item in rated]
    due = {}
    for item, right in outcome.items():
        days = 0 if not right else 2 if rated.get(item, 50) < 90 else rated[item] // 9 - 5
        due[item] = min(now + timedelta(days=days), eve).isoformat()
    missed = [item for item, right in outcome.items() if not right]
    missed.sort(key=lambda item: rated.get(item, 0), reverse=True)
    return {"brier": sum(squares) / len(squares) if squares else None, "repeat": missed, "due": due}
