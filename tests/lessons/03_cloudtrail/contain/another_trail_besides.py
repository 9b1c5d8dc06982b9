# misconception: A second trail is safer.
# expect: 2 trails now
def contain(found: dict) -> None:
    iam = boto3.client("iam")
    if found["cause"] == "stolen key":
        iam.update_access_key(
            UserName=found["user"], AccessKeyId=found["access_key"], Status="Inactive"
        )
    elif found["cause"] == "changed job":
        boto3.client("events").disable_rule(Name=found["rule"])
    else:
        attached = iam.list_attached_role_policies(RoleName=found["role"])["AttachedPolicies"]
        for policy in attached:
            iam.detach_role_policy(RoleName=found["role"], PolicyArn=policy["PolicyArn"])
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    cloudtrail = boto3.client("cloudtrail")
    cloudtrail.start_logging(Name=found["trail"])
    old = cloudtrail.get_trail(Name=found["trail"])["Trail"]
    cloudtrail.create_trail(Name="spare", S3BucketName=old["S3BucketName"])
