# misconception: Parsing was the hot spot; the walk is none.
# expect: without a walk through all of them
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
    rows = json.loads(price_list)
    times = {}
    for order in orders:
        times.setdefault(order["customer"], []).append(order["at"])
    found = {}
    for order in orders:
        cents = 0
        for sku, count in order["items"].items():
            for row in rows:
                if row["sku"] == sku:
                    cents += row["cents"] * count
                    break
            else:
                raise KeyError(sku)
        before = sum(at < order["at"] for at in times[order["customer"]])
        found[order["id"]] = cents * 95 // 100 if before >= 3 else cents
    return found
