# misconception: New basic selectors are added to what is logged.
# expect: They replace all the old ones
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = [
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}],
        },
    ]
    client.put_event_selectors(TrailName=trail, EventSelectors=selectors)
    client.start_logging(Name=trail)
