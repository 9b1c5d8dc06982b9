# misconception: countries are many enough, and equally busy
# expect: and a prefix takes 3,500
def key_of(document: dict) -> str:
    return f"{document['country']}/{document['order'][::-1]}/{document['kind']}"
