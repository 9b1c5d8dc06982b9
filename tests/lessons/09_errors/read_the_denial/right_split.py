def read_denial(line: str) -> dict:
    nothing = {"policy": None, "by": None, "action": None, "resource": None}
    head, found, rest = line.partition(" is not authorized to perform: ")
    if not found:
        return nothing
    action, _, rest = rest.partition(" on resource: ")
    if rest.startswith('"'):
        resource, _, reason = rest[1:].partition('"')
    else:
        resource, _, reason = rest.replace("\n", " ").partition(" ")
    reason, by = reason.strip(), None
    if reason.startswith("because no"):
        by = "missing"
    elif reason.startswith("with an explicit deny"):
        by = "deny"
    kinds = [
        ("identity-based", "identity"),
        ("resource-based", "resource"),
        ("boundary", "boundary"),
    ]
    kinds += [
        ("session", "session"),
        ("service control", "scp"),
        ("resource control", "rcp"),
        ("VPC", "endpoint"),
    ]
    reason = reason.split(" allows ")[0].split(": arn")[0].split("\n")[0].split("  (")[0]
    policy = next((word for phrase, word in kinds if by and phrase in reason), None)
    return {"policy": policy, "by": by, "action": action, "resource": resource}
