# misconception: a hash helps wherever in the key it stands
# expect: what can it know of the second
def key_of(document: dict) -> str:
    spread = hashlib.md5(document["order"].encode()).hexdigest()[:4]
    return f"{document['at'][:10]}/{spread}/{document['order']}/{document['kind']}"
