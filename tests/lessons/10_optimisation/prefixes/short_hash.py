# misconception: Four digits of a hash are different for different orders.
# expect: keeps two orders apart
def key_of(document: dict) -> str:
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
    spread = hashlib.md5(document["order"].encode()).hexdigest()
    return "/".join([spread[:4], document["kind"]])
