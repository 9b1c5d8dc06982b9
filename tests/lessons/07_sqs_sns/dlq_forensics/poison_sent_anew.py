# misconception: a copy in the queue is as good as the message
# expect: no longer says which queue it
def dlq_forensics(dead: str, function: str) -> dict:
    """Sorts a dead-letter queue by what a function's log says, and brings back what is safe.

    dead: its name. Its messages come from one or several queues, all read by `function`, which logs
    to /aws/lambda/{function}: "STARTED {order}" before an order, "DONE {order}" after it. A message's
    body is JSON; its "order" is an id, which no other message has. Nobody reads the queues now.

    Returns order ids, sorted, and does with their messages:
    "done"    processed at least once: deleted
    "poison"  started, but never done: stay in the dead-letter queue
    "safe"    never started: go back to the queue that they came from, and are nowhere else; body and
              message attributes as they were

    >>> dlq_forensics("orders-dlq", "order-worker")
    {'done': ['o-4'], 'poison': ['o-5'], 'safe': ['o-6', 'o-9']}
    """
    ### BEGIN SOLUTION
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
                    MessageBody=message["Body"],
                    MessageAttributes=message.get("MessageAttributes", {}),
                )
            if kind == "poison":
                sqs.send_message(
                    QueueUrl=url,
                    MessageBody=message["Body"],
                    MessageAttributes=message.get("MessageAttributes", {}),
                    DelaySeconds=60,
                )
            if True:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return {kind: sorted(orders) for kind, orders in found.items()}
    ### END SOLUTION
