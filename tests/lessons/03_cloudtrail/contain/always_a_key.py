# misconception: Every incident is a stolen key.
# expect: still
def contain(found: dict) -> None:
    iam = boto3.client("iam")
    if found["cause"] == "stolen key":
        iam.update_access_key(
            UserName=found["user"], AccessKeyId=found["access_key"], Status="Inactive"
        )
    boto3.client("s3").create_bucket(Bucket=found["bucket"])
    boto3.client("cloudtrail").start_logging(Name=found["trail"])
