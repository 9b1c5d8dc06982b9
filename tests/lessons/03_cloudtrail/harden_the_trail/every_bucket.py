# misconception: arn:aws:s3 is the ARN of S3, whatever the bucket.
# expect: further buckets or services are logged
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = [
        {"ReadWriteType": "All", "IncludeManagementEvents": True},
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
        },
    ]
    client.put_event_selectors(TrailName=trail, EventSelectors=selectors)
    client.start_logging(Name=trail)
