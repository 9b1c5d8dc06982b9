# misconception: a number of its own for each order spreads the keys
# expect: what can it know of the second
def key_of(document: dict) -> str:
    return f"{document['order']}/{document['kind']}"
