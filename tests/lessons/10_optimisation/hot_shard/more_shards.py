# misconception: twice the shards cool a hot key
# expect: however many there are
def to_batches(events: list[dict]) -> list[list[dict]]:
    kinesis = boto3.client("kinesis")
    for name in kinesis.list_streams()["StreamNames"]:
        count = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if count["OpenShardCount"] < 9:
            target = {
                "TargetShardCount": 2 * count["OpenShardCount"],
                "ScalingType": "UNIFORM_SCALING",
            }
            kinesis.update_shard_count(StreamName=name, **target)
            time.sleep(400)
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["seller"]} for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
