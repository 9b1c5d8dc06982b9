def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    """Tells a topic within two minutes that somebody has stopped or deleted a trail.

    name: for whatever you make (a rule, an alarm). topic_arn: of an SNS topic that exists, with a
    policy that lets others publish; they must not lose that. log_group: where a trail of the
    account delivers its events, should you need it.
    The topic hears of StopLogging and DeleteTrail, of whatever trail, if the call succeeded. A
    call that failed (its record has an errorCode) stopped nothing and must not wake anybody, and
    neither must any other event.

    >>> alert_in_two_minutes("trail-stopped", "arn:aws:sns:us-east-1:123456789012:on-call", "/audit")
    """
    ### BEGIN SOLUTION
    events, sns = boto3.client("events"), boto3.client("sns")
    pattern = {
        "source": [{"prefix": "aws."}],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["cloudtrail.amazonaws.com"],
            "eventName": ["StopLogging", "DeleteTrail"],
            "errorCode": [{"exists": False}],
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
    ### END SOLUTION
