def first_failure(tool, told):
    if tool == "codedeploy":
        for event in told:
            if event["status"] == "Failed":
                said = event["diagnostics"]
                return {
                    "step": event["lifecycleEventName"],
                    "why": said["logTail"].rstrip("\n").split("\n")[-1] or said["message"],
                }
    if tool == "cloudformation":
        oldest = None
        for event in told:
            if event["ResourceType"] == "AWS::CloudFormation::Stack":
                continue
            is_failed = event["ResourceStatus"].endswith("_FAILED")
            if is_failed and event["ResourceStatusReason"] != "Resource creation cancelled":
                oldest = event
        return {"step": oldest["LogicalResourceId"], "why": oldest["ResourceStatusReason"]}
    for line in told.split("\n"):
        if line.startswith("CREATE_FAILED") and not line.endswith("Resource creation cancelled"):
            words = line.split()
            return {"step": words[2], "why": line[line.index(words[2]) + len(words[2]) :].strip()}
        if line.startswith("Error: Failed to create changeset"):
            return {"step": line.split(":")[2].split(",")[0].strip(), "why": line}
