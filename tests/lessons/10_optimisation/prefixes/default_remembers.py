# misconception: What a function keeps for itself is there for all.
# expect: variables of its own
def key_of(document: dict, numbers: dict = {}) -> str:  # noqa: B006
    """The key of a document of an order in the bucket.

    document: a dict of texts
      order: its number, which only rises: "ord-5200001"
      kind: "invoice", "label" or "receipt"; an order has one of each
      customer: "c-471193"; many thousand of them, each with a few orders
      country: "DE" for seven of ten
      at: when the order was placed: "2026-03-17T18:00:03Z"
    Who knows these five can tell the key, in any process, without asking S3. No two documents
    have the same.

    >>> key_of({"order": "ord-5200001", "kind": "invoice", "customer": "c-471193",
    ...         "country": "DE", "at": "2026-03-17T18:00:03Z"})
    '.../ord-5200001/...'  # for example
    """
    place = document["order"], document["kind"]
    number = numbers.setdefault(place, len(numbers))
    return str(number)[::-1].ljust(9, "x")
