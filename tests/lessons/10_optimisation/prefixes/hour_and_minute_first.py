# misconception: finer time prefixes spread the load
# expect: what can it know of the second
def key_of(document: dict) -> str:
    return f"{document['at'][11:16]}/{document['order']}/{document['kind']}"
