# misconception: The quotes belong to the resource.
# expect: Compare the resource of your policy with this
import uuid


def grant(denial: str) -> bool:
    told = re.search(
        r":assumed-role/([^/]+)/.* perform: (\S+) on resource: (.+) because no identity-based policy",
        denial,
    )
    if told is None:
        return False
    role, action, resource = told.groups()
    name = uuid.uuid5(uuid.NAMESPACE_URL, action + resource).hex
    boto3.client("iam").put_role_policy(
        RoleName=role, PolicyName=name, PolicyDocument=policy("Allow", action, resource)
    )
    return True
