# misconception: the more annotations, the better the search
# expect: became an annotation as well
def checkout_handler(event: dict, context: object) -> dict:
    """Checks an order out, on Lambda, and leaves a trace that support can find."""
    with xray_recorder.in_subsegment("## checkout_handler") as subsegment:
        for key, value in {**event, **event["customer"]}.items():
            subsegment.put_annotation(key, value)
        subsegment.put_annotation("items", len(event["lines"]))
        subsegment.put_metadata("order", event, "checkout")
        return {"orderId": event["orderId"], "paymentId": charge(event)}
