# misconception: What was selected before stays.
# expect: further buckets or services are logged
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    old = client.get_event_selectors(TrailName=trail).get("EventSelectors", [])
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = old + [
        {"ReadWriteType": "All", "IncludeManagementEvents": True},
        {
            "ReadWriteType": "WriteOnly",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}],
        },
    ]
    client.put_event_selectors(TrailName=trail, EventSelectors=selectors)
    client.start_logging(Name=trail)
