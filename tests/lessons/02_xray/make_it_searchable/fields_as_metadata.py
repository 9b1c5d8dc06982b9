# misconception: metadata with the right keys can be searched
# expect: in the metadata, which no search sees
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        subsegment.put_metadata("tier", event["tier"])
        subsegment.put_metadata("express", event["express"])
        subsegment.put_metadata("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
