# misconception: hash() of a text is the same everywhere
# expect: hash() of a text is another in each process
def key_of(document: dict) -> str:
    return f"{hash(document['order']) % 256:02x}/{document['order']}/{document['kind']}"
