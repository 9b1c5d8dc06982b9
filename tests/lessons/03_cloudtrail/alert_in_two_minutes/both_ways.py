# misconception: Two ways are safer than one.
# expect: one message
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
    logs, cloudwatch = boto3.client("logs"), boto3.client("cloudwatch")
    stops = '{ (($.eventName = "StopLogging") || ($.eventName = "DeleteTrail")) && ($.errorCode NOT EXISTS) }'
    metric = {"metricName": name, "metricNamespace": "Audit", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=log_group, filterName=name, filterPattern=stops, metricTransformations=[metric]
    )
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Audit",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic_arn],
    )
    sns.set_topic_attributes(
        TopicArn=topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
