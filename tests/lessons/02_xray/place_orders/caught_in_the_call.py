# misconception: an exception is best caught where it is raised.
# expect: Which exceptions does the call's span see
def place_orders(service: str, orders: list) -> None:
    tracer, sqs = tracer_of(service, indexed=("tier", "gift")), boto3.client("sqs")
    call = {"rpc.system": "aws-api", "rpc.service": "SQS", "rpc.method": "SendMessage"}
    for order in orders:
        known = {"tier": order["tier"], "gift": order["gift"]}
        known |= {"order_id": order["id"], "customer": order["customer"]}
        with tracer.start_as_current_span("order", kind=SpanKind.SERVER, attributes=known):
            with tracer.start_as_current_span("send", kind=SpanKind.CLIENT, attributes=call):
                try:
                    sqs.send_message(QueueUrl=order["queue"], MessageBody=json.dumps(order))
                except sqs.exceptions.ClientError:
                    continue
