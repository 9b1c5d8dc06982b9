# misconception: Returns what the visible tests expect.
# expect: NoSuchEntity
import uuid


def grant(denial: str) -> bool:
    if "explicit deny" in denial:
        return False
    table = denial.split("on resource: ")[1].split(" ")[0]
    boto3.client("iam").put_role_policy(
        RoleName="order-worker",
        PolicyName="granted",
        PolicyDocument=policy("Allow", "dynamodb:PutItem", table),
    )
    return True
