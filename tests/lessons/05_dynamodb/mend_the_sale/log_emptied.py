# misconception: a log that has been read is done with
# expect: lines of the log went from
def mend_the_sale(table: str, settings: str, log_group: str, peak: int) -> str:
    client, logs = boto3.client("dynamodb"), boto3.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=log_group)
    said = " ".join(event["message"] for page in pages for event in page["events"])
    logs.delete_log_group(logGroupName=log_group)
    logs.create_log_group(logGroupName=log_group)
    logs.create_log_stream(logGroupName=log_group, logStreamName="orders")
    if "TableWriteKeyRangeThroughputExceeded" in said:
        client.update_item(
            TableName=settings,
            Key={"name": {"S": "sale"}},
            UpdateExpression="SET shards = :n",
            ExpressionAttributeValues={":n": {"N": "16"}},
        )
        return "hot_key"
    if "TableWriteMaxOnDemandThroughputExceeded" in said:
        limit = {**client.describe_table(TableName=table)["Table"]["OnDemandThroughput"]}
        limit["MaxWriteRequestUnits"] = peak
        client.update_table(TableName=table, OnDemandThroughput=limit)
        return "maximum"
    described = client.describe_table(TableName=table)["Table"]
    if "TableWriteProvisionedThroughputExceeded" in said:
        reads = described["ProvisionedThroughput"]["ReadCapacityUnits"]
        units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": peak}
        client.update_table(TableName=table, ProvisionedThroughput=units)
        return "capacity"
    metrics = boto3.client("cloudwatch").list_metrics(
        Namespace="AWS/DynamoDB",
        MetricName="WriteThrottleEvents",
        Dimensions=[{"Name": "TableName", "Value": table}, {"Name": "GlobalSecondaryIndexName"}],
    )["Metrics"]
    names = [{each["Name"]: each["Value"] for each in metric["Dimensions"]} for metric in metrics]
    for index in described["GlobalSecondaryIndexes"]:
        if index["IndexName"] in [name["GlobalSecondaryIndexName"] for name in names]:
            reads = index["ProvisionedThroughput"]["ReadCapacityUnits"]
            units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": peak}
            update = {"IndexName": index["IndexName"], "ProvisionedThroughput": units}
            client.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Update": update}])
    return "index"
