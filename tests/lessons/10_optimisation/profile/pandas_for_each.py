# misconception: pandas is fast, also once for each order.
# expect: libraries included
def totals(orders: list[dict], price_list: str) -> dict[str, int]:
    """What settle(orders, price_list) returns, without its repeated work.

    orders: in any order of time; "at" (epoch ms) may be the same for several.
    price_list: the text of a list of {"sku", "cents"}, in JSON. KeyError for an article that is not
    in it.
    Ten times as many orders, or as long a list, may be about ten times the work, not a hundred times.

    >>> totals([{"id": "o-1", "customer": "c-1", "at": 7, "items": {"a-1": 2}}],
    ...        '[{"sku": "a-1", "cents": 500}]')
    {'o-1': 1000}
    """
    prices = {row["sku"]: row["cents"] for row in reversed(json.loads(price_list))}
    frame = pd.DataFrame({"who": [o["customer"] for o in orders], "at": [o["at"] for o in orders]})
    found = {}
    for order in orders:
        cents = sum(prices[sku] * count for sku, count in order["items"].items())
        before = ((frame["who"] == order["customer"]) & (frame["at"] < order["at"])).sum()
        found[order["id"]] = cents * 95 // 100 if before >= 3 else cents
    return found
