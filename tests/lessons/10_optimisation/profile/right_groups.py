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
    prices: dict = {}
    for row in json.loads(price_list):
        prices.setdefault(row["sku"], row["cents"])
    third: dict = {}
    for order in sorted(orders, key=lambda each: each["at"]):
        third.setdefault(order["customer"], []).append(order["at"])
    third = {name: (times + [10**15] * 3)[2] for name, times in third.items()}
    return {
        order["id"]: sum(prices[sku] * count for sku, count in order["items"].items())
        * (95 if third[order["customer"]] < order["at"] else 100)
        // 100
        for order in orders
    }
