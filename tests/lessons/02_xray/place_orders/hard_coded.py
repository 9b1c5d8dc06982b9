# misconception: the service and the tier of the example are those of every order.
# expect: The segments are called 'shop-intake'
def place_orders(service: str, orders: list) -> None:
    tracer, sqs = tracer_of("shop-intake", indexed=("tier", "gift")), boto3.client("sqs")
    call = {"rpc.system": "aws-api", "rpc.service": "SQS", "rpc.method": "SendMessage"}
    for order in orders:
        known = {"tier": "gold", "gift": True, "order_id": "o-1", "customer": "c-7"}
        try:
            with tracer.start_as_current_span("order", kind=SpanKind.SERVER, attributes=known):
                with tracer.start_as_current_span("send", kind=SpanKind.CLIENT, attributes=call):
                    sqs.send_message(QueueUrl=order["queue"], MessageBody=json.dumps(order))
        except sqs.exceptions.ClientError:
            continue
