def audit(notes: list[dict]) -> list[dict]:
    events, token = [], {}
    while True:
        page = boto3.client("cloudtrail").lookup_events(MaxResults=50, **token)
        events += page["Events"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    frame = pd.DataFrame([json.loads(each["CloudTrailEvent"]) for each in events[::-1]])
    if "errorCode" in frame:
        frame = frame[frame.errorCode.isna()]

    def about(asked: dict) -> str:
        for key in ("queueName", "logGroupName", "alarmName"):
            if key in asked:
                return asked[key]
        return asked.get("queueUrl", "").split("/")[-1]

    found = []
    for note in notes:
        true_since, false_since, at_writing, before = None, None, None, None
        for event in frame.to_dict("records"):
            asked = event["requestParameters"] or {}
            value = asked.get("attributes", asked).get(note["setting"])
            if about(asked) != note["name"] or value is None:
                continue
            value = float(value)
            if value != before:
                if value == note["value"]:
                    true_since, false_since = event["eventID"], None
                elif false_since is None:
                    false_since = event["eventID"]
                if event["eventTime"] <= note["written"]:
                    at_writing = (value == note["value"], event["eventID"])
            before = value
        if false_since is None:
            found.append({"verdict": "true", "evidence": true_since})
        elif at_writing[0]:
            found.append({"verdict": "outdated", "evidence": false_since})
        else:
            found.append({"verdict": "wrong", "evidence": at_writing[1]})
    return found
