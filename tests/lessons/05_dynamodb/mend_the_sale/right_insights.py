def mend_the_sale(table: str, settings: str, log_group: str, peak: int) -> str:
    group = {"logGroupName": log_group, "startTime": 0, "endTime": 2_000_000_000}
    query = """filter status = "refused" and ispresent(orderId)
        | stats count(*) as orders by reason | sort orders desc | limit 1"""
    logs = boto3.client("logs")
    key = logs.start_query(queryString=query, **group)["queryId"]
    while (answer := logs.get_query_results(queryId=key))["status"] != "Complete":
        continue
    reason = answer["results"][0][0]["value"]
    client = boto3.client("dynamodb")
    described = client.describe_table(TableName=table)["Table"]
    said = reason
    if "TableWriteKeyRangeThroughputExceeded" in said:
        client.update_item(
            TableName=settings,
            Key={"name": {"S": "sale"}},
            UpdateExpression="SET shards = :n",
            ExpressionAttributeValues={":n": {"N": "12"}},
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
