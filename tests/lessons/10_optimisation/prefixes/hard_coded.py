# misconception: the example is all that is asked
# expect: Two documents, one key
def key_of(document: dict) -> str:
    return "ab12/ord-5200001/" + document["kind"]
