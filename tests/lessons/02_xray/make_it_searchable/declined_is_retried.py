# misconception: what failed should be tried again.
# expect: was handed to charge 3 times
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find.

    event: {"orderId": "o-7", "tier": "gold", "express": True, "card": "4000 1111",
        "lines": [{"sku": "b-1", "count": 2}], "customer": {"id": "c-3", "email": "ann@example.com"}}
    Returns {"orderId": ..., "paymentId": what charge(event) returns}. What charge raises goes on to
    Lambda, and a declined order can be found as well, its cause with it.

    Traces can be found by these annotations and no others: tier (text), express (boolean), and
    items (number: of lines). Under the key "order", in the metadata of the namespace "checkout", is
    the whole event: to be read, but not to be found by.

    >>> invoke(checkout_handler, order)["answer"]
    {'orderId': 'o-7', 'paymentId': 'p-o-7'}
    """
    ### BEGIN SOLUTION
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        for _ in range(3):
            try:
                p = charge(event)
                break
            except Declined as e:
                last = e
        else:
            raise last
        return {"orderId": event["orderId"], "paymentId": p}
    ### END SOLUTION
