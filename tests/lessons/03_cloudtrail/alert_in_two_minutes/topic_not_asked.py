# misconception: A rule may publish to any topic of the account.
# expect: the topic refused the message
def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    events, sns = boto3.client("events"), boto3.client("sns")
    pattern = {
        "source": ["aws.cloudtrail"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventName": ["StopLogging", "DeleteTrail"],
            "errorCode": [{"exists": False}],
        },
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "on-call", "Arn": topic_arn}])
    policy = json.loads(sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]["Policy"])
    letter = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    policy["Statement"].append(letter | {"Action": "sns:Publish", "Resource": topic_arn})
