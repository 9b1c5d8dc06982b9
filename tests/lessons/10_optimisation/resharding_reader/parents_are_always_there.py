# misconception: a parent is listed as long as its children
# expect: KeyError
def read_new(stream: str, checkpoints: dict) -> tuple[list[dict], dict]:
    kinesis = boto3.client("kinesis")
    shards = {each["ShardId"]: each for each in kinesis.list_shards(StreamName=stream)["Shards"]}
    reached, records = dict(checkpoints), []

    def generation(shard):
        names = [shards[shard].get(name) for name in ("ParentShardId", "AdjacentParentShardId")]
        return 1 + max([generation(each) for each in names if each], default=0)

    for shard in sorted(shards, key=generation):
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
    return records, reached
