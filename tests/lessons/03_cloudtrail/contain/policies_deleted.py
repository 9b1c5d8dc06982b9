# misconception: What is detached is not needed any more.
# expect: a policy itself was deleted
def contain(found: dict) -> None:
    """Contains the incident and restores what is lost, with as little as it takes.

    found: {"cause": "stolen key" | "changed job" | "wrong workspace", "bucket": the bucket to make
        again (us-east-1), "trail": a trail that must log, and what the cause needs:
        stolen key: "user" and "access_key"; changed job: "rule", on the default event bus;
        wrong workspace: "role", all of whose attached policies are to be detached}
    The bucket exists afterwards, whether it was gone or not, and the trail logs.

    >>> contain({"cause": "changed job", "bucket": "shop-exports", "trail": "shop", "rule": "nightly"})
    """
    ### BEGIN SOLUTION
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
            iam.delete_policy(PolicyArn=policy["PolicyArn"])
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    boto3.client("cloudtrail").start_logging(Name=found["trail"])
    ### END SOLUTION
