# misconception: A variable keeps how far each stream was read.
# expect: From the same checkpoints
kept = {}


def read_new(stream: str, checkpoints: dict) -> tuple[list[dict], dict]:
    """All records of a stream that were not read before, each once, and how far they reach.

    checkpoints: what the last call returned, {} for the first: {shard id: sequence number of the
        last record that was read there}. A shard that is not in it is to be read from its start.
    Returns (records, checkpoints). A record is {"key": its partition key, "data": its bytes}. The
    records of a key come in the order in which they were put, however often its shard was split
    or merged meanwhile. Shards disappear, and others name them as parents still.

    >>> records, reached = read_new("order-events", {})
    >>> records, reached
    ([{'key': 'ord-7', 'data': b'{...}'}], {'shardId-000000000000': '4966...'})
    """
    kinesis = boto3.client("kinesis")
    shards = {each["ShardId"]: each for each in kinesis.list_shards(StreamName=stream)["Shards"]}
    reached, records = kept.setdefault(stream, {}) if checkpoints else {}, []

    def ancestors(shard: str) -> set:
        parents = [shards[shard].get(name) for name in ("ParentShardId", "AdjacentParentShardId")]
        return {shard}.union(*(ancestors(each) for each in parents if each in shards))

    for shard in sorted(shards, key=lambda shard: len(ancestors(shard))):
        start = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard in reached:
            start = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
            start["StartingSequenceNumber"] = reached[shard]
        where = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)
        iterator, behind = where["ShardIterator"], True
        while iterator and behind:
            answer = kinesis.get_records(ShardIterator=iterator)
            for record in answer["Records"]:
                records.append({"key": record["PartitionKey"], "data": record["Data"]})
                reached[shard] = record["SequenceNumber"]
            iterator, behind = answer.get("NextShardIterator"), answer["MillisBehindLatest"]
    kept[stream] = reached
    return records, dict(reached)
