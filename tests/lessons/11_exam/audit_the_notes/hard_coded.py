# misconception: two notes on one queue are all there are
# expect: does not prove that
def audit(notes: list[dict]) -> list[dict]:
    events = boto3.client("cloudtrail").lookup_events()["Events"]
    change = next(each["EventId"] for each in events if each["EventName"] == "SetQueueAttributes")
    verdicts = ["outdated", "true"] * len(notes)
    return [{"verdict": verdicts[k], "evidence": change} for k in range(len(notes))]
