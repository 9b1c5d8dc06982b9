# misconception: A trail is changed by making it anew.
# expect: Change the trail that exists
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    old = client.get_trail(Name=trail)["Trail"]
    where = {name: old[name] for name in ("S3BucketName", "S3KeyPrefix") if name in old}
    client.delete_trail(Name=trail)
    client.create_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True, **where)
    objects = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}
    client.put_event_selectors(
        TrailName=trail,
        EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True},
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [objects],
            },
        ],
    )
    client.start_logging(Name=trail)
