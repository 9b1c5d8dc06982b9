# misconception: The queue only has to hold a message.
# expect: writes to the queue itself
def catch_up(function: str, failures: str) -> str:
    """Finds what keeps a function behind its Kinesis stream, mends that, returns the cause.

    function: has one event source mapping; batches of 4 records. On 1,769 MB a record takes 9 s. Its
      log has a line of JSON for each record that is begun: {"message": "begun", "shard",
      "at" (its sequence number), "seller" (its partition key), "age" (seconds)}, and one for each
      that is booked: {"message": "booked", "id", "cents", "shard", "at"}.
    failures: the ARN of an SQS queue which is to be told of records that cannot be booked.
    Exactly one thing is wrong; returns "poison", "hot_shard", "slow_handler" or "throttled".
    15 minutes later the function is less than a minute behind. Each record is booked, or the queue
    was told of it; records of a seller are booked in their order. Nothing else has changed.

    >>> catch_up("ledger", "arn:aws:sqs:us-east-1:123456789012:ledger-failures")
    'throttled'
    """
    client = boto3.client("lambda")
    mapping = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"][0]
    now = int(time.time())
    counted = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - 600,
        EndTime=now,
        Period=600,
        Statistics=["Sum"],
    )["Datapoints"]
    if sum(each["Sum"] for each in counted) > 20:
        client.delete_function_concurrency(FunctionName=function)
        return "throttled"
    query = """filter message = "begun"
        | stats count(*) as times, max(age) as oldest by shard, at"""
    tried = ask(query, f"/aws/lambda/{function}", minutes=10)
    if tried.times.max() > 3:
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=3,
        )
        sqs, told = boto3.client("sqs"), json.dumps({"KinesisBatchInfo": {"batchSize": 1}})
        url = sqs.get_queue_url(QueueName=failures.split(":")[-1])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=told)
        return "poison"
    if (tried.groupby("shard").oldest.max() > 3600).sum() == 1:
        client.update_event_source_mapping(UUID=mapping["UUID"], ParallelizationFactor=10)
        return "hot_shard"
    client.update_function_configuration(FunctionName=function, MemorySize=1769)
    return "slow_handler"
