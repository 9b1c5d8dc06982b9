def read_denial(line: str) -> dict:
    found = re.search(
        r'not authorized to perform: (?P<action>\S+) on resource: ("(?P<quoted>[^"]*)"|(?P<bare>\S+))'
        r"( because no (?P<missing>[\w -]+?) allows|(?P<deny> with an explicit deny)( in an? (?P<whose>[\w -]*(policy|boundary)))?)?",
        line,
    )
    said = found.groupdict() if found else {}
    words = {"identity-based policy": "identity", "resource-based policy": "resource"}
    words |= {"permissions boundary": "boundary", "session policy": "session"}
    words |= {"service control policy": "scp", "resource control policy": "rcp"}
    words["VPC endpoint policy"] = "endpoint"
    resource = said.get("bare") if said.get("quoted") is None else said["quoted"]
    return {
        "policy": words.get(said.get("missing") or said.get("whose")),
        "by": "missing" if said.get("missing") else "deny" if said.get("deny") else None,
        "action": said.get("action"),
        "resource": resource,
    }
