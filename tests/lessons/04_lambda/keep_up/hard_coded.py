# misconception: what the visible test expects is right for every stream
# expect: Another stream:
def keep_up(
    function: str, per_second: float, batch_ms: int, record_ms: int, failures_to: str
) -> None:
    client = boto3.client("lambda")
    [mapping] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    client.update_event_source_mapping(
        UUID=mapping["UUID"],
        BatchSize=20,
        ParallelizationFactor=4,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": failures_to}},
    )
