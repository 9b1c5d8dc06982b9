# misconception: A policy attribute is added to, not replaced.
# expect: cannot reach it any more
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
    policy = {"Version": "2012-10-17", "Statement": []}
    letter = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    policy["Statement"].append(
        letter
        | {
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringLike": {"aws:SourceArn": f"*rule/{name}"}},
        }
    )
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
