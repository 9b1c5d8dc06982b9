# misconception: The answer of the visible test is enough.
# expect: and you report on
def delivery_report(topic_arn: str) -> dict:
    return {
        "https://reader.example/in": {"deliveries": 4, "lost": 1, "refused": 1, "dwell_ms": 35.0}
    }
