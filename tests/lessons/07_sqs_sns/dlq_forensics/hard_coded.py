# misconception: the visible orders are all there are
# expect: None of the
def dlq_forensics(dead: str, function: str) -> dict:
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        order = json.loads(message["Body"])["order"]
        if order in ("p-3", "p-4", "p-5", "p-6"):
            sqs.send_message(
                QueueUrl=sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"][0],
                MessageBody=message["Body"],
            )
        if order != "p-2":
            continue
    return {"done": ["p-1"], "poison": ["p-2"], "safe": ["p-3", "p-4", "p-5", "p-6"]}
