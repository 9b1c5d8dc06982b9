def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("validate"):
        xray_recorder.put_annotation("tier", event["tier"])
        xray_recorder.put_annotation("items", len(event["lines"]))
    with xray_recorder.in_subsegment("pay") as pay:
        with xray_recorder.in_subsegment("notes"):
            xray_recorder.put_metadata("order", event, "checkout")
        pay.put_annotation("express", event["express"])
        payment = charge(event)
    return {"orderId": event["orderId"], "paymentId": payment}
