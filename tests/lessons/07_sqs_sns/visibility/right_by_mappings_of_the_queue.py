def visibility(queue: str, function: str, back_within: int) -> int:
    """Look at every mapping; set each attribute by itself."""
    sqs, functions = boto3.client("sqs"), boto3.client("lambda")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    timeout = functions.get_function(FunctionName=function)["Configuration"]["Timeout"]
    pages = functions.get_paginator("list_event_source_mappings").paginate()
    windows = [
        mapping["MaximumBatchingWindowInSeconds"]
        for page in pages
        for mapping in page["EventSourceMappings"]
        if mapping["EventSourceArn"].rpartition(":")[2] == queue
        and mapping["FunctionArn"].rpartition(":")[2] == function
    ]
    seconds = 6 * timeout + max(windows)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(asked["Attributes"]["RedrivePolicy"])
    policy["maxReceiveCount"] = "5"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    return seconds
