# misconception: end_subsegment knows of the exception
# expect: says why it failed
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    xray_recorder.begin_subsegment("## checkout_handler")
    try:
        xray_recorder.put_annotation("tier", event["tier"])
        xray_recorder.put_annotation("express", event["express"])
        xray_recorder.put_annotation("items", len(event["lines"]))
        xray_recorder.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
    finally:
        xray_recorder.end_subsegment()
