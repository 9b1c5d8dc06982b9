@xray_recorder.capture("## checkout_handler")
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    notes = {"tier": event["tier"], "express": event["express"], "items": len(event["lines"])}
    for key, value in notes.items():
        xray_recorder.put_annotation(key, value)
    xray_recorder.put_metadata("order", dict(event), namespace="checkout")
    return {"orderId": event["orderId"], "paymentId": charge(event)}
