def key_of(document: dict) -> str:
    return f"{document['order'][::-1]}/{document['kind']}"
