# misconception: receives are used up by failures alone
# expect: is in the dead-letter queue after 3 receives
def visibility(queue: str, function: str, back_within: int) -> int:
    functions = lambda_
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    now = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    [mapping] = functions.list_event_source_mappings(
        FunctionName=function, EventSourceArn=now["QueueArn"]
    )["EventSourceMappings"]
    seconds = 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
    return seconds
