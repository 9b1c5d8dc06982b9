# misconception: a number is a text of digits
# expect: now, not a whole number
def mend_the_sale(table: str, settings: str, log_group: str, peak: int) -> str:
    client = boto3.client("dynamodb")
    events = boto3.client("logs").filter_log_events(logGroupName=log_group)["events"]
    said = " ".join(event["message"] for event in events)
    described = client.describe_table(TableName=table)["Table"]
    if "TableWriteKeyRangeThroughputExceeded" in said:
        client.update_item(
            TableName=settings,
            Key={"name": {"S": "sale"}},
            UpdateExpression="SET shards = :n",
            ExpressionAttributeValues={":n": {"S": "12"}},
        )
        return "hot_key"
    if "TableWriteMaxOnDemandThroughputExceeded" in said:
        limit = {**described["OnDemandThroughput"], "MaxWriteRequestUnits": peak}
        client.update_table(TableName=table, OnDemandThroughput=limit)
        return "maximum"
    if "TableWriteProvisionedThroughputExceeded" in said:
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": peak}
        client.update_table(TableName=table, ProvisionedThroughput=units)
        return "capacity"
    throttled = boto3.client("cloudwatch").list_metrics(
        MetricName="WriteThrottleEvents", Dimensions=[{"Name": "GlobalSecondaryIndexName"}]
    )["Metrics"]
    named = {each["Name"]: each["Value"] for each in throttled[0]["Dimensions"]}
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": peak}
    update = {"IndexName": named["GlobalSecondaryIndexName"], "ProvisionedThroughput": units}
    client.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Update": update}])
    return "index"
