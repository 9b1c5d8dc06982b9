# misconception: random names are found again by a list
# expect: The same document twice
import uuid


def key_of(document: dict) -> str:
    return f"{uuid.uuid4()}/{document['order']}/{document['kind']}"
