# misconception: The chain begins with what customers see.
# expect: you begin with ['dead_letters']
def end_the_evening(shop: dict[str, str], begin: pd.Timestamp, end: pd.Timestamp) -> dict | None:
    engine, xray = boto3.client("lambda"), boto3.client("xray")
    url, dead = (sqs.get_queue_url(QueueName=shop[name])["QueueUrl"] for name in ("queue", "dlq"))

    def minutes(metric: str, function: str) -> pd.Series:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=begin,
            EndTime=end,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return pd.Series({each["Timestamp"]: each["Maximum"] for each in points}).sort_index()

    refused = minutes("Throttles", shop["worker"])
    began = refused[refused > 0].index[0]
    # Where runs of the worker spend their time: the first ones, and the last.
    pages = xray.get_paginator("get_trace_summaries").paginate(StartTime=begin, EndTime=end)
    ids = sorted(trace["Id"] for page in pages for trace in page["TraceSummaries"])

    def seconds(few: list[str]) -> dict[str, float]:
        longest: dict[str, float] = {}
        for trace in xray.batch_get_traces(TraceIds=few)["Traces"]:
            for segment in trace["Segments"]:
                for call in json.loads(segment["Document"]).get("subsegments", []):
                    took = call["end_time"] - call["start_time"]
                    longest[call["name"]] = max(took, longest.get(call["name"], took))
        return longest

    before, after = seconds(ids[:5]), seconds(ids[-5:])
    slow = max(after, key=after.get)
    use = {name: minutes("ConcurrentExecutions", shop[name]).iloc[-1] for name in ("worker", "job")}

    change = {}
    if after[slow] < 3:
        if use["job"] > use["worker"]:
            links = ["greedy_job"]
            engine.put_function_concurrency(
                FunctionName=shop["job"], ReservedConcurrentExecutions=80
            )
        else:
            links = ["short_visibility", "double_work"]
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "360"})
    elif slow == "DynamoDB":
        links, change = ["hot_key", "slow_writes", "long_runs"], {"SHARDS": "16"}
    else:
        links = ["slow_provider", "long_runs"]
        (host,) = before.keys() - {"DynamoDB"}
        change = {"PROVIDER": host.split(".")[1]}
    if change:
        now = engine.get_function_configuration(FunctionName=shop["worker"])
        variables = {"Variables": {**now["Environment"]["Variables"], **change}}
        engine.update_function_configuration(FunctionName=shop["worker"], Environment=variables)
    about = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    sqs.start_message_move_task(SourceArn=about["QueueArn"])

    wanted = {
        "slow_provider": ("UpdateFunctionConfiguration", shop["worker"]),
        "greedy_job": ("DeleteFunctionConcurrency", shop["job"]),
        "short_visibility": ("SetQueueAttributes", shop["queue"]),
    }.get(links[0])
    events = trail.lookup_events(StartTime=begin, EndTime=end)["Events"]
    records = sorted(
        map(json.loads, (each["CloudTrailEvent"] for each in events)), key=lambda r: r["eventTime"]
    )
    behind = [
        record["eventID"]
        for record in records
        if wanted
        and record["eventName"].startswith(wanted[0])
        and "errorCode" not in record
        and pd.Timestamp(record["eventTime"]) < began + pd.Timedelta(minutes=1)
        and wanted[1] in [str(x).split("/")[-1] for x in record["requestParameters"].values()]
    ]
    chain = [*links, "no_concurrency", "dead_letters"]
    return {
        "chain": chain if links[0] == "slow_provider" else chain[::-1],
        "change": behind[-1] if behind else None,
    }
