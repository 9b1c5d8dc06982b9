# misconception: finding it is enough
# expect: nothing was changed. Look again
def mend_the_sale(table: str, settings: str, log_group: str, peak: int) -> str:
    client = boto3.client("dynamodb")
    events = boto3.client("logs").filter_log_events(logGroupName=log_group)["events"]
    said = " ".join(event["message"] for event in events)
    described = client.describe_table(TableName=table)["Table"]
    if "TableWriteProvisionedThroughputExceeded" in said:
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": peak}
        client.update_table(TableName=table, ProvisionedThroughput=units)
        return "capacity"
    if "KeyRange" in said:
        return "hot_key"
    return "maximum" if "TableWriteMax" in said else "index"
