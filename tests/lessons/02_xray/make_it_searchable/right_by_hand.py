def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    import traceback

    subsegment = xray_recorder.begin_subsegment("checkout")
    try:
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        payment = charge(event)
    except Declined as error:
        subsegment.add_exception(error, traceback.extract_stack(limit=5))
        raise
    finally:
        xray_recorder.end_subsegment()
    return {"orderId": event["orderId"], "paymentId": payment}
