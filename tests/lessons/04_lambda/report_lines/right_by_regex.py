import re

TEXT = {
    "duration_ms": r"\tDuration: ([\d.]+) ms",
    "billed_ms": r"\tBilled Duration: ([\d.]+) ms",
    "memory_mb": r"\tMemory Size: (\d+) MB",
    "used_mb": r"\tMax Memory Used: (\d+) MB",
    "init_ms": r"\tInit Duration: ([\d.]+) ms",
}
PLATFORM = ("durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs")


def from_text(line: str) -> dict:
    row = {"request_id": line.split("\t", 1)[0].split(": ")[1]}
    for key, form in TEXT.items():
        match = re.search(form, line)
        row[key] = float(match.group(1)) if match else None
    status = re.search(r"\tStatus: (\w+)", line)
    return {**row, "status": status.group(1) if status else "success"}


def from_json(record: dict) -> dict:
    values = [record["metrics"].get(name) for name in PLATFORM]
    row = dict(zip(TEXT, values, strict=True))
    return {"request_id": record["requestId"], **row, "status": record["status"]}


def report_lines(messages: list) -> list:
    rows = []
    for line in messages:
        if re.match(r"REPORT RequestId: \S", line):
            rows.append(from_text(line))
            continue
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict) and event.get("type") == "platform.report":
            rows.append(from_json(event["record"]))
    return rows
