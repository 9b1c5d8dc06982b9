# misconception: Old records are not worth it.
# expect: neither booked nor told
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
    if (
        client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")
        == 1
    ):
        client.delete_function_concurrency(FunctionName=function)
        return "throttled"
    client.update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=600)
    return "poison"
