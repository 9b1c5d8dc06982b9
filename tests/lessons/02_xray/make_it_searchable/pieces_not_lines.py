# misconception: items counts pieces
# expect: and the order says
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", sum(line["count"] for line in event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
