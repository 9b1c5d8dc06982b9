# misconception: a little less than AWS advises will do
# expect: AWS advises more
def visibility(queue: str, function: str, back_within: int) -> int:
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    [mapping] = functions.list_event_source_mappings(
        FunctionName=function, EventSourceArn=now["QueueArn"]
    )["EventSourceMappings"]
    seconds = 5 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    policy = {**json.loads(now["RedrivePolicy"]), "maxReceiveCount": 5}
    wanted = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    return seconds
