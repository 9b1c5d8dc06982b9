def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail", region_name="us-east-1")
    client.start_logging(Name=trail)
    client.put_event_selectors(
        TrailName=trail,
        EventSelectors=[
            {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True},
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": True,
                "DataResources": [
                    {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}
                ],
            },
        ],
    )
    client.update_trail(Name=trail, EnableLogFileValidation=True)
    client.update_trail(Name=trail, IsMultiRegionTrail=True, IncludeGlobalServiceEvents=True)
