# misconception: A second key adds detail; in fact it splits the client.
# expect: Rank 1 is
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip", "$.path"],
            "Filters": [{"Match": "$.status", "GreaterThan": 428}],
        },
        "AggregateOn": "Count",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(RuleName=rule_name, RuleDefinition=json.dumps(rule))
