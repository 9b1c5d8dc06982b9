def dlq_forensics(dead: str, function: str) -> dict:
    """Hide what is poison, delete what is done, and let a task move the rest."""
    sqs, logs = boto3.client("sqs"), boto3.client("logs")
    query = 'parse @message "* *" as word, id | filter word in ["STARTED", "DONE"] | limit 10000'
    now = int(time.time()) + 60
    asked = {"queryString": query, "startTime": now - 86_400, "endTime": now}
    started = logs.start_query(logGroupName=f"/aws/lambda/{function}", **asked)["queryId"]
    while (answer := logs.get_query_results(queryId=started))["status"] in ("Scheduled", "Running"):
        pass
    log = {"STARTED": set(), "DONE": set()}
    for row in answer["results"]:
        cells = {cell["field"]: cell["value"].strip() for cell in row}
        log[cells["word"]].add(cells["id"])
    url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
    found = {"done": [], "poison": [], "safe": []}
    safe = []
    while True:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
        if not got.get("Messages"):
            break
        for message in got["Messages"]:
            order = json.loads(message["Body"])["order"]
            if order in log["DONE"]:
                found["done"].append(order)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            elif order in log["STARTED"]:
                found["poison"].append(order)
            else:
                found["safe"].append(order)
                safe.append(message["ReceiptHandle"])
    for handle in safe:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    sqs.start_message_move_task(SourceArn=arn["QueueArn"])
    return {kind: sorted(orders) for kind, orders in found.items()}
