# misconception: PutObject and DeleteObject are all that changes an object.
# expect: some kinds are missing
def harden_the_trail(trail: str, bucket: str) -> None:
    """Brings an existing trail up to what the auditors ask for, and changes nothing else of it.

    trail: its name. bucket: the name of the bucket whose objects matter. Afterwards the trail
    - logs, in every Region,
    - has digest files written beside its log files,
    - logs every management event, reads and writes alike; and of the data events those which
      write or delete objects of `bucket`, and no others, whatever it selected before.

    >>> harden_the_trail("shop-audit", "shop-invoices")
    """
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    client.put_event_selectors(
        TrailName=trail,
        AdvancedEventSelectors=[
            {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
            {
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                    {"Field": "eventName", "Equals": ["PutObject", "DeleteObject"]},
                    {"Field": "resources.ARN", "StartsWith": [f"arn:aws:s3:::{bucket}/"]},
                ]
            },
        ],
    )
    client.start_logging(Name=trail)
