# misconception: a customer has one order
# expect: Two documents, one key
def key_of(document: dict) -> str:
    spread = hashlib.md5(document["customer"].encode()).hexdigest()[:4]
    return f"{spread}/{document['kind']}.pdf"
