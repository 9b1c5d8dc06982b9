# misconception: annotations are written when the work is done
# expect: charge had raised before anything was written
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        payment = charge(event)
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": payment}
