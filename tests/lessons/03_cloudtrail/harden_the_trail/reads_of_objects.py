# misconception: Who changes an object shows in all its calls.
# expect: only what writes or deletes was asked for
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}],
        },
    ]
    client.put_event_selectors(TrailName=trail, EventSelectors=selectors)
    client.start_logging(Name=trail)
