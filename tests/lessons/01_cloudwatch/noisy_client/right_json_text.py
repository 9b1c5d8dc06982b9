import json


def noisy_client(rule_name: str, log_group: str) -> None:
    text = """{"Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": ["GROUP"], "LogFormat": "JSON", "AggregateOn": "Count",
        "Contribution": {"Keys": ["$.ip"], "Filters": [
            {"Match": "$.status", "GreaterThan": 427},
            {"Match": "$.status", "NotEqualTo": 428}]}}"""
    boto3.client("cloudwatch").put_insight_rule(
        RuleName=rule_name, RuleDefinition=text.replace("GROUP", log_group)
    )
