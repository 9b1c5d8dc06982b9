# misconception: An object's ARN equals its bucket's.
# expect: no record says by whom
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    selectors = [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                {"Field": "readOnly", "Equals": ["false"]},
                {"Field": "resources.ARN", "Equals": [f"arn:aws:s3:::{bucket}/"]},
            ]
        },
    ]
    client.put_event_selectors(TrailName=trail, AdvancedEventSelectors=selectors)
    client.start_logging(Name=trail)
