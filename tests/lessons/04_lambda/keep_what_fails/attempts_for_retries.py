# misconception: one more attempt than zero is the first
# expect: The event was tried 1 times
def keep_what_fails(function: str, queue_url: str) -> None:
    asked = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )
    arn = asked["Attributes"]["QueueArn"]
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        MaximumEventAgeInSeconds=600,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
