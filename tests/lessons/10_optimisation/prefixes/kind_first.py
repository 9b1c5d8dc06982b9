# misconception: three prefixes are enough for 12,000 writes
# expect: and a prefix takes 3,500
def key_of(document: dict) -> str:
    return f"{document['kind']}/{hashlib.md5(document['order'].encode()).hexdigest()}"
