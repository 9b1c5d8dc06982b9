# misconception: A better trail beside the old one costs nothing.
# expect: trails now
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    old = client.get_trail(Name=trail)["Trail"]
    where = {"S3BucketName": old["S3BucketName"]}
    where |= {"S3KeyPrefix": old["S3KeyPrefix"]} if "S3KeyPrefix" in old else {}
    client.start_logging(Name=trail)
    client.create_trail(
        Name=f"{trail}-2", IsMultiRegionTrail=True, EnableLogFileValidation=True, **where
    )
    objects = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}
    client.put_event_selectors(
        TrailName=f"{trail}-2",
        EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True},
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [objects],
            },
        ],
    )
    client.start_logging(Name=f"{trail}-2")
