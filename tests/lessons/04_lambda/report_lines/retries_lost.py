# misconception: a request id comes once in a log
# expect: keeps its request id
def report_lines(messages: list) -> list:
    fields = {
        "duration_ms": ("Duration", "durationMs"),
        "billed_ms": ("Billed Duration", "billedDurationMs"),
        "memory_mb": ("Memory Size", "memorySizeMB"),
        "used_mb": ("Max Memory Used", "maxMemoryUsedMB"),
        "init_ms": ("Init Duration", "initDurationMs"),
    }
    rows = []
    for message in messages:
        if message.startswith("REPORT RequestId: "):
            parts = [part.partition(": ") for part in message.split("\n")[0].split("\t")]
            said = {name: value for name, _, value in parts}
            row = {"request_id": said["REPORT RequestId"]}
            for key, (name, _) in fields.items():
                row[key] = float(said[name].split()[0]) if name in said else None
            rows.append({**row, "status": said.get("Status", "success")})
        elif message.startswith("{"):
            try:
                event = json.loads(message)
            except ValueError:
                continue
            if event.get("type") == "platform.report":
                record = event["record"]
                row = {"request_id": record["requestId"]}
                for key, (_, name) in fields.items():
                    row[key] = record["metrics"].get(name)
                rows.append({**row, "status": record["status"]})
    return list({row["request_id"]: row for row in rows}.values())
