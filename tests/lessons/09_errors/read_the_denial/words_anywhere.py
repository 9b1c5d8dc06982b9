# misconception: The words tell, wherever they stand.
# expect: That word stands in a name
def read_denial(line: str) -> dict:
    kinds = {"identity-based policy": "identity", "resource-based policy": "resource"}
    kinds |= {"permissions boundary": "boundary", "session policy": "session"}
    kinds |= {"service control policy": "scp", "resource control policy": "rcp"}
    kinds["VPC endpoint policy"] = "endpoint"
    policy = next((word for phrase, word in kinds.items() if phrase in line), None)
    by = "deny" if "explicit deny" in line else "missing" if "because no" in line else None
    told = re.search(r'perform: (\S+) on resource: (?:"([^"]*)"|(\S+))', line)
    action, resource = (told[1], told[2] or told[3]) if told else (None, None)
    return {"policy": policy, "by": by, "action": action, "resource": resource}
