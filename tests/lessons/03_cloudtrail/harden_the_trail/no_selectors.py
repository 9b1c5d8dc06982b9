# misconception: A multi-Region trail logs data events, too.
# expect: no record says by whom
def harden_the_trail(trail: str, bucket: str) -> None:
    client = boto3.client("cloudtrail")
    client.update_trail(Name=trail, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    client.start_logging(Name=trail)
