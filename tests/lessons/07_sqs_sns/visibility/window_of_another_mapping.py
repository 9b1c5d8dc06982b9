# misconception: a function has one mapping
# expect: the window of another mapping
def visibility(queue: str, function: str, back_within: int) -> int:
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    mappings = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    seconds = 6 * timeout + mappings[0]["MaximumBatchingWindowInSeconds"]
    policy = {**json.loads(now["RedrivePolicy"]), "maxReceiveCount": 5}
    wanted = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    return seconds
