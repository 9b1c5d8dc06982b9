# misconception: two prefixes are enough
# expect: and a prefix takes 3,500
def key_of(document: dict) -> str:
    return f"{int(document['order'][4:]) % 2}/{document['order']}/{document['kind']}"
