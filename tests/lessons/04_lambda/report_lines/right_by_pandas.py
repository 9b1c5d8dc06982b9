NAMES = {
    "durationMs": "duration_ms", "billedDurationMs": "billed_ms", "memorySizeMB": "memory_mb",
    "maxMemoryUsedMB": "used_mb", "initDurationMs": "init_ms",
}  # fmt: skip
FORM = (
    r"^REPORT RequestId: (?P<request_id>\S+)\tDuration: (?P<duration_ms>[\d.]+) ms"
    r"\tBilled Duration: (?P<billed_ms>[\d.]+) ms\tMemory Size: (?P<memory_mb>\d+) MB"
    r"\tMax Memory Used: (?P<used_mb>\d+) MB(?:\t(?:Init Duration: (?P<init_ms>[\d.]+) ms)?)?"
    r"(?:[^\n]*Status: (?P<status>\w+))?"
)


def report_lines(messages: list) -> list:
    lines = pd.Series(messages, dtype=object)
    texts = lines.str.extract(FORM).dropna(subset="request_id")
    texts["status"] = texts["status"].fillna("success")
    numbers = list(NAMES.values())
    texts[numbers] = texts[numbers].astype(float)
    found = {k: dict(row) for k, row in texts.iterrows()}
    for k, line in lines.items():
        if line.startswith('{"time"') and '"platform.report"' in line:
            try:
                record = json.loads(line)["record"]
            except ValueError:
                continue
            row = {key: record["metrics"].get(name) for name, key in NAMES.items()}
            found[k] = {"request_id": record["requestId"], **row, "status": record["status"]}
    return [
        {key: None if pd.isna(value) else value for key, value in found[k].items()}
        for k in sorted(found)
    ]
