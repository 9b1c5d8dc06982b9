# misconception: All that could be wrong may be mended at once.
# expect: it was not the cause
def one_parcel_each(topic_arn: str, queue_url: str, function_name: str) -> str:
    """Finds why orders are not packed exactly once, mends that, and returns the cause.

    Orders that were published to the topic wait in the queue, from which an event source mapping
    invokes the function. The topic logs every delivery to a queue; the function logs
    {"packed": order} and {"later": order}, and orders were sold today.
    Exactly one thing is wrong; returns "policy", "filter", "visibility" or "report". From then on
    - each order is packed once, but for delivery "pickup", even if one takes the function's timeout;
    - a message whose function crashed is tried again within 15 minutes;
    - who could send to the queue still can, and nobody else but this topic;
    - all else is as it was. What became of earlier orders is not your concern.

    >>> one_parcel_each("arn:aws:sns:us-east-1:123456789012:order-events", url, "packer")
    'policy'
    """
    queues, topics, functions = sqs, sns, lambda_
    reader = logs
    queue = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]

    def said(group: str, pattern: str) -> list:
        pages = reader.get_paginator("filter_log_events")
        pages = pages.paginate(logGroupName=group, filterPattern=pattern)
        return [json.loads(event["message"]) for page in pages for event in page["events"]]

    def repair_queue(name: str, value: str) -> None:
        queues.set_queue_attributes(QueueUrl=queue_url, Attributes={name: value})

    failures = "sns/" + "/".join(topic_arn.split(":")[3:]) + "/Failure"
    refused = [line["delivery"]["destination"] for line in said(failures, "FAILURE")]
    repair_queue("VisibilityTimeout", "720")
    if queue["QueueArn"] in refused:
        policy = json.loads(queue["Policy"])
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue["QueueArn"],
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy["Statement"].append(statement)
        repair_queue("Policy", json.dumps(policy))
        return "policy"
    group = f"/aws/lambda/{function_name}"
    groups = reader.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    packed = [line["packed"] for line in said(group, '"packed"')] if groups else []
    if len(packed) > len(set(packed)):
        timeout = functions.get_function_configuration(FunctionName=function_name)["Timeout"]
        repair_queue("VisibilityTimeout", str(6 * timeout))
        return "visibility"
    later = [line["later"] for line in said(group, '"later"')] if groups else []
    if set(later) - set(packed):
        [mapping] = functions.list_event_source_mappings(
            EventSourceArn=queue["QueueArn"], FunctionName=function_name
        )["EventSourceMappings"]
        functions.update_event_source_mapping(
            UUID=mapping["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        return "report"
    [subscription] = [
        each["SubscriptionArn"]
        for each in topics.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
        if each["Endpoint"] == queue["QueueArn"]
    ]
    topics.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="FilterPolicyScope",
        AttributeValue="MessageBody",
    )
    return "filter"
