# misconception: what was cut out of a text is a number
# expect: and no number
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
                row[key] = said[name].split()[0] if name in said else None
            row["duration_ms"] = float(row["duration_ms"])
            row["init_ms"] = row["init_ms"] and float(row["init_ms"])
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
    return rows
