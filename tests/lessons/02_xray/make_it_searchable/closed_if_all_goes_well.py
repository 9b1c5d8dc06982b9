# misconception: charge returns, so the subsegment is closed after it
# expect: What closes a subsegment
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    xray_recorder.begin_subsegment("## checkout_handler")
    xray_recorder.put_annotation("tier", event["tier"])
    xray_recorder.put_annotation("express", event["express"])
    xray_recorder.put_annotation("items", len(event["lines"]))
    xray_recorder.put_metadata("order", event, "checkout")
    payment = charge(event)
    xray_recorder.end_subsegment()
    return {"orderId": event["orderId"], "paymentId": payment}
