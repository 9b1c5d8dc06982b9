# misconception: More detection is always better.
# expect: HasInsightSelectors
def harden_the_trail(trail: str, bucket: str) -> None:
    """Brings an existing trail up to what the auditors ask for, and changes nothing else of it.

    trail: its name. bucket: the name of the bucket whose objects matter. Afterwards the trail
    - logs, in every Region,
    - has digest files written beside its log files,
    - logs every management event, reads and writes alike; and of the data events those which
      write or delete objects of `bucket`, and no others, whatever it selected before.

    >>> harden_the_trail("shop-audit", "shop-invoices")
    """
    ### BEGIN SOLUTION
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
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
    client.put_insight_selectors(
        TrailName=trail, InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )
    ### END SOLUTION
