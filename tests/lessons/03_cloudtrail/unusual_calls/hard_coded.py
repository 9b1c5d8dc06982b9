# misconception: What the picture shows is the answer.
# expect: At the edges of the rule
def unusual_calls(records: list[dict], since: str) -> list[dict]:
    return [
        {
            "insightType": "ApiCallRateInsight",
            "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances",
            "errorCode": None,
            "start": "2026-03-15T04:17:00Z",
            "end": "2026-03-15T04:19:00Z",
        },
        {
            "insightType": "ApiErrorRateInsight",
            "eventSource": "secretsmanager.amazonaws.com",
            "eventName": "GetSecretValue",
            "errorCode": "AccessDenied",
            "start": "2026-03-15T13:55:00Z",
            "end": "2026-03-15T13:56:00Z",
        },
    ]
