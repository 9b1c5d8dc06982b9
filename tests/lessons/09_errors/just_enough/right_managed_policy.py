import uuid


def grant(denial: str) -> bool:
    if " because no identity-based policy allows " not in denial:
        return False
    role = denial.split(":assumed-role/")[1].split("/")[0]
    action, _, rest = denial.split(" is not authorized to perform: ")[1].partition(" on resource: ")
    resource = rest.split(" because no identity-based policy")[0].strip('"')
    iam = boto3.client("iam")
    made = iam.create_policy(
        PolicyName=f"for-{role}-{uuid.uuid4()}", PolicyDocument=policy("Allow", action, resource)
    )
    iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
    return True
