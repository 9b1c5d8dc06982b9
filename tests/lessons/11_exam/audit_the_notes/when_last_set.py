# misconception: a call that sets the same value again is a change
# expect: does not prove
def audit(notes: list[dict]) -> list[dict]:
    """A verdict on each note, in the same order, from CloudTrail's event history."""
    client = boto3.client("cloudtrail")
    writes = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
    pages = client.get_paginator("lookup_events").paginate(LookupAttributes=[writes])
    records = [json.loads(each["CloudTrailEvent"]) for page in pages for each in page["Events"]]

    def value_in(record: dict, note: dict) -> float | None:
        """What a call set this setting to, if it did."""
        asked = record["requestParameters"] or {}
        name = asked.get("logGroupName") or asked.get("alarmName") or asked.get("queueName")
        name = name or asked.get("queueUrl", "").rpartition("/")[2]
        value = {**asked, **asked.get("attributes", {})}.get(note["setting"])
        done = name == note["name"] and value is not None and "errorCode" not in record
        return float(value) if done else None

    verdicts = []
    for note in notes:
        changes = []  # (since when, what holds, the event), oldest first
        for record in reversed(records):
            value = value_in(record, note)
            if value is not None:
                changes.append((record["eventTime"], value, record["eventID"]))
        holds = [value == note["value"] for _, value, _ in changes]
        then = max(k for k, change in enumerate(changes) if change[0] <= note["written"])
        if holds[-1]:
            verdict, proof = "true", changes[-1]
        elif holds[then]:
            last = max(k for k, held in enumerate(holds) if held)
            verdict, proof = "outdated", changes[last + 1]
        else:
            verdict, proof = "wrong", changes[then]
        verdicts.append({"verdict": verdict, "evidence": proof[2]})
    return verdicts
