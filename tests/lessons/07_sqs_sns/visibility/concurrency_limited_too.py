# misconception: a limit on the mapping does no harm
# expect: its concurrency or a mapping was changed
def visibility(queue: str, function: str, back_within: int) -> int:
    """Sets up a queue for the function that an event source mapping feeds from it.

    queue, function: their names; both may have other mappings, too. Afterwards
    - the queue's visibility timeout is what AWS advises at least: six times the function's timeout,
      plus the batching window of this mapping;
    - a message whose worker crashed can be received again after at most `back_within` seconds;
    - a message is received five times before it moves to the dead-letter queue, which stays the same.
    Nothing else is changed. Returns the visibility timeout in seconds.

    >>> visibility("orders", "order-worker", 400)  # timeout 60 s, window 5 s
    365
    """
    ### BEGIN SOLUTION
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    [mapping] = functions.list_event_source_mappings(
        FunctionName=function, EventSourceArn=now["QueueArn"]
    )["EventSourceMappings"]
    seconds = 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    policy = {**json.loads(now["RedrivePolicy"]), "maxReceiveCount": 5}
    wanted = {"VisibilityTimeout": str(seconds), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=wanted)
    functions.update_event_source_mapping(
        UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": 5}
    )
    return seconds
    ### END SOLUTION
