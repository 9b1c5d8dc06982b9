# misconception: space around a body means nothing
# expect: not the same text
def dlq_forensics(dead: str, function: str) -> dict:
    pages = logs.get_paginator("filter_log_events")
    words = [
        event["message"].split()
        for page in pages.paginate(logGroupName=f"/aws/lambda/{function}")
        for event in page["events"]
    ]
    started = {word[1] for word in words if len(word) == 2 and word[0] == "STARTED"}
    done = {word[1] for word in words if len(word) == 2 and word[0] == "DONE"}
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    asked = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    found: dict = {"done": [], "poison": [], "safe": []}
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **asked).get(
        "Messages"
    ):
        for message in messages:
            order = json.loads(message["Body"])["order"]
            kind = "done" if order in done else "poison" if order in started else "safe"
            found[kind].append(order)
            if kind == "safe":
                source = message["Attributes"]["DeadLetterQueueSourceArn"].rpartition(":")[2]
                sqs.send_message(
                    QueueUrl=sqs.get_queue_url(QueueName=source)["QueueUrl"],
                    MessageBody=message["Body"].strip(),
                    MessageAttributes=message.get("MessageAttributes", {}),
                )
            if kind != "poison":
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return {kind: sorted(orders) for kind, orders in found.items()}
