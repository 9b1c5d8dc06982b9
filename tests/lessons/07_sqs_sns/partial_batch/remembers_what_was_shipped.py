# misconception: what the function remembers, the queue knows
# expect: Say after each invocation
worker_file = """
import json
from shipping import ship
shipped = set()
def lambda_handler(event, context):
    bad = 0
    for record in event["Records"]:
        if record["messageId"] in shipped:
            continue
        try:
            ship(json.loads(record["body"]))
            shipped.add(record["messageId"])
        except Exception:
            bad += 1
    if bad:
        raise RuntimeError(bad)
"""
mapping_settings = {}
