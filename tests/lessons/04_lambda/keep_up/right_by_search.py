def keep_up(
    function: str, per_second: float, batch_ms: int, record_ms: int, failures_to: str
) -> None:
    client = boto3.client("lambda")
    timeout = 1000 * client.get_function_configuration(FunctionName=function)["Timeout"]
    fitting = [n for n in range(1, 10_001) if batch_ms + n * record_ms <= timeout / 2]
    batch = fitting[-1]
    rate = batch / (batch_ms + batch * record_ms) * 1000
    factor = next(n for n in range(1, 11) if n * rate >= 2 * per_second)
    for mapping in (
        client.get_paginator("list_event_source_mappings")
        .paginate(FunctionName=function)
        .build_full_result()["EventSourceMappings"]
    ):
        client.update_event_source_mapping(
            UUID=mapping["UUID"],
            FunctionName=function,
            BatchSize=batch,
            MaximumRetryAttempts=2,
            ParallelizationFactor=factor,
            DestinationConfig={"OnFailure": {"Destination": failures_to}},
            BisectBatchOnFunctionError=True,
            MaximumRecordAgeInSeconds=86_400,
        )
