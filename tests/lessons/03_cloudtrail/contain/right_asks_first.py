def contain(found: dict) -> None:
    s3, cloudtrail = boto3.client("s3"), boto3.client("cloudtrail")
    if found["bucket"] not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=found["bucket"])
    if not cloudtrail.get_trail_status(Name=found["trail"])["IsLogging"]:
        cloudtrail.start_logging(Name=found["trail"])
    if found.get("access_key"):
        key = boto3.resource("iam").AccessKey(found["user"], found["access_key"])
        key.deactivate()
    if found.get("rule"):
        boto3.client("events").disable_rule(Name=found["rule"], EventBusName="default")
    if found.get("role"):
        role = boto3.resource("iam").Role(found["role"])
        for policy in list(role.attached_policies.all()):
            policy.detach_role(RoleName=found["role"])
