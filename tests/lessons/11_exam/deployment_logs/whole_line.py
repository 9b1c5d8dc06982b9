# misconception: The whole line of sam's table is the reason.
# expect: In another output of sam the step is right
def first_failure(tool: str, told: list[dict] | str) -> dict | None:
    follows = "Resource creation cancelled"
    if tool == "codedeploy":
        event = next(each for each in told if each["status"] == "Failed")
        said = event["diagnostics"]
        lines = said["logTail"].strip().splitlines()
        return {"step": event["lifecycleEventName"], "why": lines[-1] if lines else said["message"]}
    if tool == "cloudformation":
        rows = [
            (event["ResourceStatus"], event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in reversed(told)
        ]
    else:
        lines = told.splitlines()
        error = next((line for line in lines if line.startswith("Error:")), "")
        if "changeset for the stack: " in error:
            return {"step": error.split("changeset for the stack: ")[1].split(",")[0], "why": error}
        cut = [line.split(None, 3) for line in lines if line.startswith("CREATE_FAILED")]
        rows = [
            (
                status,
                name,
                reason if name == "RefundWorker" else " ".join((status, _, name, reason)),
            )
            for status, _, name, reason in cut
        ]
    return next(
        {"step": name, "why": why}
        for status, name, why in rows
        if status == "CREATE_FAILED" and why != follows
    )
