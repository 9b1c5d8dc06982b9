# misconception: In compares numbers
# expect: AWS refuses what noisy_client asks for
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [{"Match": "$.status", "In": [429, 500]}],
        },
        "AggregateOn": "Count",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(RuleName=rule_name, RuleDefinition=json.dumps(rule))
