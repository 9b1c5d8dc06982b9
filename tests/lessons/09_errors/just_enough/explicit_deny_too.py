# misconception: An Allow in the same policy outweighs the Deny.
# expect: An Allow of the role's own does not help here
import uuid


def grant(denial: str) -> bool:
    told = re.search(
        r':assumed-role/([^/]+)/.* perform: (\S+) on resource: "?(.+?)"? (?:because no|with an)',
        denial,
    )
    if told is None or "identity-based policy" not in denial:
        return False
    role, action, resource = told.groups()
    name = uuid.uuid5(uuid.NAMESPACE_URL, action + resource).hex
    boto3.client("iam").put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=policy("Allow", action, resource)
    )
    return True
