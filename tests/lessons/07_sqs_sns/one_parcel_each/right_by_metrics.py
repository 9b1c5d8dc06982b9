def one_parcel_each(topic_arn: str, queue_url: str, function_name: str) -> str:
    queues, topics, functions = boto3.client("sqs"), boto3.client("sns"), boto3.client("lambda")
    now = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    arn, name = now["QueueArn"], now["QueueArn"].rpartition(":")[2]
    sent = total("AWS/SQS", "NumberOfMessagesSent", QueueName=name)
    received = total("AWS/SQS", "NumberOfMessagesReceived", QueueName=name)
    blind = total(
        "AWS/SNS",
        "NumberOfNotificationsFilteredOut-NoMessageAttributes",
        TopicName=topic_arn.rpartition(":")[2],
    )
    if blind:
        for each in topics.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
            if each["Endpoint"] == arn:
                topics.set_subscription_attributes(
                    SubscriptionArn=each["SubscriptionArn"],
                    AttributeName="FilterPolicyScope",
                    AttributeValue="MessageBody",
                )
        return "filter"
    if not sent:
        policy = json.loads(now["Policy"])
        for statement in policy["Statement"]:
            source = statement["Condition"]["ArnEquals"]
            if source["aws:SourceArn"].startswith(topic_arn):
                source["aws:SourceArn"] = [source["aws:SourceArn"], topic_arn]
        one = dict(policy["Statement"][0], Sid="the-topic")
        one["Condition"] = {"ArnLike": {"aws:SourceArn": topic_arn}}
        policy = json.loads(now["Policy"])
        policy["Statement"].append(one)
        queues.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": json.dumps(policy)})
        return "policy"
    if int(now["VisibilityTimeout"]) < 60 and received > sent:
        queues.set_queue_attributes(QueueUrl=queue_url, Attributes={"VisibilityTimeout": "420"})
        return "visibility"
    mapping = functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"][0]
    functions.update_event_source_mapping(
        UUID=mapping["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    return "report"
