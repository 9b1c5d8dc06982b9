# misconception: There is one key, one bucket and one trail.
# expect: After a
def contain(found: dict) -> None:
    iam = boto3.client("iam")
    if found["bucket"] == "papers":
        iam.update_access_key(UserName="ken", AccessKeyId=found["access_key"], Status="Inactive")
        boto3.client("s3").create_bucket(Bucket="papers")
        boto3.client("cloudtrail").start_logging(Name="watch")
