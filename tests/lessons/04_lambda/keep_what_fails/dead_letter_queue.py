# misconception: a dead-letter queue tells why an event failed
# expect: The event alone arrived, without its reason
def keep_what_fails(function: str, queue_url: str) -> None:
    asked = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )
    arn = asked["Attributes"]["QueueArn"]
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=1,
        MaximumEventAgeInSeconds=600,
    )
    boto3.client("lambda").update_function_configuration(
        FunctionName=function, DeadLetterConfig={"TargetArn": arn}
    )
