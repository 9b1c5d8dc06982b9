# misconception: personal data is left out unasked
# expect: not the event as it came
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_annotation("tier", event["tier"])
        subsegment.put_annotation("express", event["express"])
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata(
            "order", {k: v for k, v in event.items() if k != "customer"}, "checkout"
        )
        return {"orderId": event["orderId"], "paymentId": charge(event)}
