def keep_what_fails(function: str, queue_url: str) -> None:
    client = boto3.client("lambda")
    account_id, name = queue_url.split("/")[-2:]
    arn = f"arn:aws:sqs:{client.meta.region_name}:{account_id}:{name}"
    settings = client.get_function_configuration(FunctionName=function)
    client.put_function_event_invoke_config(
        FunctionName=settings["FunctionArn"], DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.update_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=10 * 60
    )
