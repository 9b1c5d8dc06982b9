# misconception: the answer of the example, typed in
# expect: Whose order is that
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("tier", "gold")
        return {"orderId": "o-1", "paymentId": "p-o-1"}
