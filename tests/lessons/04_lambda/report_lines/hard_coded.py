# misconception: the visible test is all there is
# expect: is no report of Lambda
def report_lines(messages: list) -> list:
    warm = {"request_id": "aa-1", "duration_ms": 80.5, "billed_ms": 81.0, "memory_mb": 128.0}
    warm |= {"used_mb": 70.0, "init_ms": None, "status": "success"}
    return [warm, {**warm, "request_id": "aa-2", "init_ms": 210.25}]
