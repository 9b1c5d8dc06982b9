# misconception: Organisations have service control policies only.
# expect: Is it in your list, spelled as AWS spells it?
def read_denial(line: str) -> dict:
    """What AWS says in a denial.

    line: a line of a log, or what somebody pasted: AWS's message with or without text around it.
    Returns a dict with
      policy: "identity", "resource", "boundary", "session", "scp", "rcp" or "endpoint";
      by: "deny" if there is an explicit deny, "missing" if an Allow is missing;
      action: as it is written;
      resource: as it is written, without quotes.
    Each is None if the text does not say it.

    >>> read_denial("User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: "
    ...     "sqs:sendmessage on resource: arn:aws:sqs:eu-west-1:1:jobs because no "
    ...     "identity-based policy allows the sqs:sendmessage action")["policy"]
    'identity'
    """
    kinds = {
        "identity-based policy": "identity",
        "resource-based policy": "resource",
        "permissions boundary": "boundary",
        "session policy": "session",
        "service control policy": "scp",
        "VPC endpoint policy": "endpoint",
    }
    told = re.search(r'not authorized to perform: (\S+) on resource: (?:"([^"]*)"|(\S+))(.*)', line)
    if told is None:
        return {"policy": None, "by": None, "action": None, "resource": None}
    action, quoted, bare, reason = told.groups()
    by, policy_type = None, None
    if reason.startswith(" because no "):
        by, policy_type = "missing", reason.removeprefix(" because no ").split(" allows ")[0]
    elif reason.startswith(" with an explicit deny"):
        by, policy_type = "deny", re.sub(r"^ with an explicit deny( in an?)? ?", "", reason)
    kind = [word for phrase, word in kinds.items() if (policy_type or "").startswith(phrase)]
    return {
        "policy": kind[0] if kind else None,
        "by": by,
        "action": action,
        "resource": quoted or bare,
    }
