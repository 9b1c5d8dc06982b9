# misconception: any text is a key
# expect: X-Ray takes keys of letters
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("order-tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
