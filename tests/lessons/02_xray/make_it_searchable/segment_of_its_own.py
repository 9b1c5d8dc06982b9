# misconception: a handler begins its own segment
# expect: something was written to Lambda's own segment
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    segment = xray_recorder.begin_segment("checkout")
    try:
        xray_recorder.put_annotation("tier", event["tier"])
        return {"orderId": event["orderId"], "paymentId": charge(event)}
    finally:
        xray_recorder.end_segment()
