# misconception: the example is all that is asked
# expect: Nobody has put
def read_new(stream: str, checkpoints: dict) -> tuple[list[dict], dict]:
    if not checkpoints:
        return [{"key": "ord-7", "data": b"placed"}], {"shardId-000000000000": "1"}
    return [{"key": "ord-7", "data": b"paid"}, {"key": "ord-7", "data": b"shipped"}], checkpoints
