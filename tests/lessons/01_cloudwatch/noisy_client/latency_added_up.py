# misconception: Adds up the latency instead of counting requests.
# expect: what does it add up
import json


def noisy_client(rule_name: str, log_group: str) -> None:
    rule = {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": [log_group],
        "LogFormat": "JSON",
        "Contribution": {
            "Keys": ["$.ip"],
            "Filters": [{"Match": "$.status", "GreaterThan": 428}],
            "ValueOf": "$.responseLatency",
        },
        "AggregateOn": "Sum",
    }
    client = boto3.client("cloudwatch")
    client.put_insight_rule(RuleName=rule_name, RuleDefinition=json.dumps(rule))
