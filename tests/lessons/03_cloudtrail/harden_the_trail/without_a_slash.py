# misconception: The bucket's ARN stands for its objects.
# expect: AWS refuses
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = [
        {"ReadWriteType": "All", "IncludeManagementEvents": True},
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}"]}],
        },
    ]
    client.put_event_selectors(TrailName=trail, EventSelectors=selectors)
    client.start_logging(Name=trail)
