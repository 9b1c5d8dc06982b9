# misconception: the condition on the topic is limit enough
# expect: allows more than sending
def one_parcel_each(topic_arn: str, queue_url: str, function_name: str) -> str:
    queue = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]

    def said(group: str, pattern: str) -> list:
        pages = logs.get_paginator("filter_log_events")
        pages = pages.paginate(logGroupName=group, filterPattern=pattern)
        return [json.loads(event["message"]) for page in pages for event in page["events"]]

    def repair_queue(name: str, value: str) -> None:
        sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={name: value})

    failures = "sns/" + "/".join(topic_arn.split(":")[3:]) + "/Failure"
    refused = [line["delivery"]["destination"] for line in said(failures, "FAILURE")]
    if queue["QueueArn"] in refused:
        policy = json.loads(queue["Policy"])
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:*",
            "Resource": queue["QueueArn"],
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy["Statement"].append(statement)
        repair_queue("Policy", json.dumps(policy))
        return "policy"
    group = f"/aws/lambda/{function_name}"
    groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    packed = [line["packed"] for line in said(group, '"packed"')] if groups else []
    if len(packed) > len(set(packed)):
        timeout = lambda_.get_function_configuration(FunctionName=function_name)["Timeout"]
        repair_queue("VisibilityTimeout", str(6 * timeout))
        return "visibility"
    later = [line["later"] for line in said(group, '"later"')] if groups else []
    if set(later) - set(packed):
        [mapping] = lambda_.list_event_source_mappings(
            EventSourceArn=queue["QueueArn"], FunctionName=function_name
        )["EventSourceMappings"]
        lambda_.update_event_source_mapping(
            UUID=mapping["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        return "report"
    [subscription] = [
        each["SubscriptionArn"]
        for each in sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
        if each["Endpoint"] == queue["QueueArn"]
    ]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="FilterPolicyScope",
        AttributeValue="MessageBody",
    )
    return "filter"
