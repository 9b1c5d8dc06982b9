# misconception: each date has a prefix of its own, so the load is spread
# expect: what can it know of the second
def key_of(document: dict) -> str:
    return f"{document['at'][:10]}/{document['order']}/{document['kind']}"
