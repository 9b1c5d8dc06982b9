def place_orders(service: str, orders: list) -> None:
    sqs = boto3.client("sqs")
    for order in orders:
        try:
            with xray_recorder.in_segment(service, sampling=1) as segment:
                segment.put_annotation("tier", order["tier"])
                segment.put_annotation("gift", order["gift"])
                segment.put_metadata("order_id", order["id"])
                segment.put_metadata("customer", order["customer"])
                with xray_recorder.in_subsegment("SQS", namespace="aws") as call:
                    call.set_aws({"operation": "SendMessage"})
                    sqs.send_message(QueueUrl=order["queue"], MessageBody=json.dumps(order))
        except sqs.exceptions.ClientError:
            pass
