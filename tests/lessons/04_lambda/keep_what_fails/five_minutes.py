# misconception: an event's age counts from its last attempt
# expect: ten minutes are wanted
def keep_what_fails(function: str, queue_url: str) -> None:
    asked = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=["QueueArn"]
    )
    arn = asked["Attributes"]["QueueArn"]
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=1,
        MaximumEventAgeInSeconds=300,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
