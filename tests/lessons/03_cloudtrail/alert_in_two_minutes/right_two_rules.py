def alert_in_two_minutes(name: str, topic_arn: str, log_group: str) -> None:
    events, sns = boto3.client("events"), boto3.client("sns")
    for call in ("StopLogging", "DeleteTrail"):
        detail = {
            "eventSource": ["cloudtrail.amazonaws.com"],
            "eventName": [call],
            "errorCode": [{"exists": False}],
        }
        pattern = json.dumps({"source": [{"prefix": "aws."}], "detail": detail})
        events.put_rule(Name=f"{name}-{call}", EventPattern=pattern)
        text = json.dumps(f"{call} in account <account>")
        shape = {"InputPathsMap": {"account": "$.account"}, "InputTemplate": text}
        target = {"Id": "1", "Arn": topic_arn, "InputTransformer": shape}
        events.put_targets(Rule=f"{name}-{call}", Targets=[target])
    attributes = sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]
    policy = json.loads(attributes["Policy"])
    policy["Statement"] += [
        {
            "Sid": "rules",
            "Effect": "Allow",
            "Principal": {"Service": ["events.amazonaws.com"]},
            "Action": ["sns:Publish"],
            "Resource": [topic_arn],
        }
    ]
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
