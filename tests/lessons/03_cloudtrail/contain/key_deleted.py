# misconception: A stolen key is deleted.
# expect: can be looked at later
def contain(found: dict) -> None:
    iam = boto3.client("iam")
    if found["cause"] == "stolen key":
        iam.delete_access_key(UserName=found["user"], AccessKeyId=found["access_key"])
    elif found["cause"] == "changed job":
        boto3.client("events").disable_rule(Name=found["rule"])
    else:
        attached = iam.list_attached_role_policies(RoleName=found["role"])["AttachedPolicies"]
        for policy in attached:
            iam.detach_role_policy(RoleName=found["role"], PolicyArn=policy["PolicyArn"])
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    boto3.client("cloudtrail").start_logging(Name=found["trail"])
