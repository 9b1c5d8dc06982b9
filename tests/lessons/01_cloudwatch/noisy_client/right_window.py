import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [
                {"Match": "$.status", "GreaterThan": 428.5},
                {"Match": "$.status", "LessThan": 600},
                {"Match": "$.ip", "IsPresent": True},
            ],
        },
        "AggregateOn": "Count",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(
        RuleName=rule_name, RuleDefinition=json.dumps(rule), RuleState="ENABLED"
    )
