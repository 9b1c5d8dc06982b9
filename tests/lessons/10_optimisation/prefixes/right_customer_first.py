def key_of(document: dict) -> str:
    return "{customer}/{order}/{kind}".format(**document)
