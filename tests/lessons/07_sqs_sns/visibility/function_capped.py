# misconception: the function may be changed as well
# expect: the function, its concurrency or a mapping was changed
def visibility(queue: str, function: str, back_within: int) -> int:
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    [mapping] = functions.list_event_source_mappings(
        FunctionName=function, EventSourceArn=now["QueueArn"]
    )["EventSourceMappings"]
    seconds = 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=1)
    policy = {**json.loads(now["RedrivePolicy"]), "maxReceiveCount": 5}
    wanted = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    return seconds
