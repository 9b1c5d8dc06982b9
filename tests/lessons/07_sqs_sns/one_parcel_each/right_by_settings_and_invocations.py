def one_parcel_each(topic_arn, queue_url, function_name):
    queues, topics, functions = (boto3.client(n) for n in ("sqs", "sns", "lambda"))
    q = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    p = json.loads(q["Policy"])
    if not any(s["Condition"]["ArnEquals"]["aws:SourceArn"] == topic_arn for s in p["Statement"]):
        p["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "sqs:SendMessage",
                "Resource": q["QueueArn"],
                "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
            }
        )
        queues.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": json.dumps(p)})
        return "policy"
    t = functions.get_function_configuration(FunctionName=function_name)["Timeout"]
    if int(q["VisibilityTimeout"]) < t:
        queues.set_queue_attributes(
            QueueUrl=queue_url, Attributes={"VisibilityTimeout": str(6 * t)}
        )
        return "visibility"
    if total("AWS/Lambda", "Invocations", FunctionName=function_name):
        [m] = functions.list_event_source_mappings(EventSourceArn=q["QueueArn"])[
            "EventSourceMappings"
        ]
        functions.update_event_source_mapping(
            UUID=m["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        return "report"
    for s in topics.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
        if s["Endpoint"] == q["QueueArn"]:
            topics.set_subscription_attributes(
                SubscriptionArn=s["SubscriptionArn"],
                AttributeName="FilterPolicyScope",
                AttributeValue="MessageBody",
            )
    return "filter"
