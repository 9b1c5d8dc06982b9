# misconception: Filters are joined by OR.
# expect: Can one line pass all the filters
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [
                {"Match": "$.status", "EqualTo": 429},
                {"Match": "$.status", "GreaterThan": 499},
            ],
        },
        "AggregateOn": "Count",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(RuleName=rule_name, RuleDefinition=json.dumps(rule))
