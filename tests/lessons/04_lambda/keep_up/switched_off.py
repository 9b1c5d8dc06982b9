# misconception: a mapping is changed while it is off
# expect: has not been given a single batch
def keep_up(
    function: str, per_second: float, batch_ms: int, record_ms: int, failures_to: str
) -> None:
    client = boto3.client("lambda")
    timeout = 1000 * client.get_function_configuration(FunctionName=function)["Timeout"]
    batch = min(10_000, (timeout // 2 - batch_ms) // record_ms)
    each = 1000 * batch / (batch_ms + batch * record_ms)  # records a second, one batch at a time
    factor = -int(-2 * per_second // each)
    [mapping] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    client.update_event_source_mapping(
        UUID=mapping["UUID"],
        BatchSize=batch,
        ParallelizationFactor=factor,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=2,
        Enabled=False,
        DestinationConfig={"OnFailure": {"Destination": failures_to}},
    )
