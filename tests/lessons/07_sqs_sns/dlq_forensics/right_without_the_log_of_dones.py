def dlq_forensics(dead: str, function: str) -> dict:
    """Receive everything first, then decide; send and delete in batches of one queue each."""
    sqs, logs = boto3.client("sqs"), boto3.client("logs")
    last = {}
    for event in logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]:
        word, _, order = event["message"].strip().partition(" ")
        if word in ("STARTED", "DONE"):
            last.setdefault(order, set()).add(word)
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    messages = []
    while True:
        got = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            VisibilityTimeout=300,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not got:
            break
        messages += got
    found = {"done": [], "poison": [], "safe": []}
    for message in messages:
        order = json.loads(message["Body"])["order"]
        words = last.get(order, set())
        kind = "done" if "DONE" in words else "poison" if words else "safe"
        found[kind] = sorted([*found[kind], order])
        if kind == "safe":
            name = message["Attributes"]["DeadLetterQueueSourceArn"].split(":")[-1]
            back = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            entry = {"Id": "0", "MessageBody": message["Body"]}
            entry["MessageAttributes"] = message["MessageAttributes"]
            sqs.send_message_batch(QueueUrl=back, Entries=[entry])
        if kind == "poison":
            handle = message["ReceiptHandle"]
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        else:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found
