# misconception: a life more does not matter
# expect: times before it died; 5 are wanted
def visibility(queue: str, function: str, back_within: int) -> int:
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    [mapping] = functions.list_event_source_mappings(
        FunctionName=function, EventSourceArn=now["QueueArn"]
    )["EventSourceMappings"]
    seconds = 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    policy = {**json.loads(now["RedrivePolicy"]), "maxReceiveCount": 10}
    wanted = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    return seconds
