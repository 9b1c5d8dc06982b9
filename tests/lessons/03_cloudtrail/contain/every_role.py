# misconception: All roles lose their policies, to be safe.
# expect: another role
def contain(found: dict) -> None:
    iam = boto3.client("iam")
    if found["cause"] == "stolen key":
        iam.update_access_key(
            UserName=found["user"], AccessKeyId=found["access_key"], Status="Inactive"
        )
    elif found["cause"] == "changed job":
        boto3.client("events").disable_rule(Name=found["rule"])
    else:
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    boto3.client("cloudtrail").start_logging(Name=found["trail"])
