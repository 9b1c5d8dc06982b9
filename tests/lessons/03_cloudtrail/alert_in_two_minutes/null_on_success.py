# misconception: errorCode is null on success.
# expect: nothing was sent to the topic
def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    events, sns = boto3.client("events"), boto3.client("sns")
    pattern = {
        "source": ["aws.cloudtrail"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventName": ["StopLogging", "DeleteTrail"],
            "errorCode": [None],
        },
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "on-call", "Arn": topic_arn}])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]["Policy"])
    letter = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    policy["Statement"].append(letter | {"Action": "sns:Publish", "Resource": topic_arn})
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
