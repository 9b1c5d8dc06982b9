def nothing_gets_lost(topic_arn: str, dead_letter_url: str) -> None:
    topics, queues = boto3.client("sns"), boto3.client("sqs")
    name = ["QueueArn", "Policy"]
    known = queues.get_queue_attributes(QueueUrl=dead_letter_url, AttributeNames=name)["Attributes"]
    old = json.loads(known["Policy"])["Statement"] if "Policy" in known else []
    mine = {
        "Sid": "dead-letters-of-the-topic",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["SQS:SendMessage"],
        "Resource": [known["QueueArn"]],
        "Condition": {"ArnLike": {"aws:SourceArn": [topic_arn]}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": old + [mine]})
    queues.set_queue_attributes(QueueUrl=dead_letter_url, Attributes={"Policy": document})
    hour = {
        "numRetries": 59,
        "numMaxDelayRetries": 57,
        "minDelayTarget": 5,
        "maxDelayTarget": 60,
        "backoffFunction": "linear",
    }
    rule = {"http": {"defaultHealthyRetryPolicy": hour, "disableSubscriptionOverrides": True}}
    topics.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(rule)
    )
    pages = topics.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    for subscription in [each for page in pages for each in page["Subscriptions"]]:
        if subscription["SubscriptionArn"].startswith("arn:"):
            topics.set_subscription_attributes(
                SubscriptionArn=subscription["SubscriptionArn"],
                AttributeName="RedrivePolicy",
                AttributeValue=json.dumps({"deadLetterTargetArn": known["QueueArn"]}),
            )
