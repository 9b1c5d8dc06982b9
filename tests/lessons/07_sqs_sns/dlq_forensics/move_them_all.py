# misconception: what died once will live the second time
# expect: it will die again
def dlq_forensics(dead: str, function: str) -> dict:
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sqs.start_message_move_task(SourceArn=arn["QueueArn"])
    return {"done": [], "poison": [], "safe": []}
