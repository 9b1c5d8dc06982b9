import re


def first_failure(tool, told):
    if tool == "sam":
        for match in re.finditer(r"^CREATE_FAILED +\S+ +(\S+) +(.+)$", told, re.M):
            if match[2] != "Resource creation cancelled":
                return {"step": match[1], "why": match[2]}
        match = re.search(r"^Error: .*? stack: ([^,]+),.*$", told, re.M)
        return {"step": match[1], "why": match[0]}
    if tool == "codedeploy":
        (event,) = [event for event in told if event["status"] == "Failed"]
        said = event["diagnostics"]
        own = re.findall(r".+", said["logTail"])
        return {"step": event["lifecycleEventName"], "why": (own or [said["message"]])[-1]}
    failed = [
        event
        for event in told
        if event["ResourceStatus"] == "CREATE_FAILED"
        and not re.fullmatch("Resource creation cancelled", event["ResourceStatusReason"])
        and not event["ResourceStatusReason"].startswith("The following resource(s)")
    ]
    return {"step": failed[-1]["LogicalResourceId"], "why": failed[-1]["ResourceStatusReason"]}
