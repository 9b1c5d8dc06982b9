# misconception: above 404 comes 429
# expect: What lies between 404 and 429
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [{"Match": "$.status", "GreaterThan": 404}],
        },
        "AggregateOn": "Count",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(RuleName=rule_name, RuleDefinition=json.dumps(rule))
