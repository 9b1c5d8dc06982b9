# misconception: a REPORT line ends after its numbers
# expect: Its line has another ending than most
import re

FORM = re.compile(
    r"^REPORT RequestId: (?P<request_id>\S+)\tDuration: (?P<duration_ms>[\d.]+) ms"
    r"\tBilled Duration: (?P<billed_ms>[\d.]+) ms\tMemory Size: (?P<memory_mb>\d+) MB"
    r"\tMax Memory Used: (?P<used_mb>\d+) MB\t(Init Duration: (?P<init_ms>[\d.]+) ms\t)?"
    r"(XRAY.*)?(?P<status>success)?\n(XRAY.*\n)?$"
)


def report_lines(messages: list) -> list:
    rows = []
    for match in filter(None, map(FORM.match, messages)):
        row = match.groupdict()
        row = {
            k: v if k in ("request_id", "status") or v is None else float(v) for k, v in row.items()
        }
        rows.append({**row, "status": row["status"] or "success"})
    return rows
