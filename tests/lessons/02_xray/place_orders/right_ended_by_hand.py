from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode


def place_orders(service: str, orders: list) -> None:
    tracer, sqs = tracer_of(service, indexed=["gift", "tier"]), boto3.client("sqs")
    for order in orders:
        segment = tracer.start_span(f"order {order['id']}", kind=SpanKind.SERVER)
        segment.set_attributes({"tier": order["tier"], "gift": order["gift"]})
        segment.set_attributes({"order_id": order["id"], "customer": order["customer"]})
        within = trace.set_span_in_context(segment)
        call = tracer.start_span("SQS.SendMessage", context=within, kind=SpanKind.PRODUCER)
        call.set_attribute("rpc.system", "aws-api")
        call.set_attribute("rpc.service", "SQS")
        call.set_attribute("rpc.method", "SendMessage")
        try:
            sqs.send_message(QueueUrl=order["queue"], MessageBody=json.dumps(order, indent=1))
        except Exception as error:
            for span in (call, segment):
                span.record_exception(error)
                span.set_status(Status(StatusCode.ERROR))
        finally:
            call.end()
            segment.end()
