# misconception: an order is one document
# expect: Invoice and label of one order
def key_of(document: dict) -> str:
    return f"{document['order'][::-1]}.pdf"
