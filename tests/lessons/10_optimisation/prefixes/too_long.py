# misconception: a key may be as long as a path
# expect: at most 1,024 bytes
def key_of(document: dict) -> str:
    return f"{document['order'][::-1]}/{document['kind']}/" + "x" * 1024
