# misconception: every REPORT line has an Init Duration
# expect: Of three lines two are reports
import re

FORM = re.compile(
    r"^REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms\tBilled Duration: ([\d.]+) ms\t"
    r"Memory Size: (\d+) MB\tMax Memory Used: (\d+) MB\tInit Duration: ([\d.]+) ms"
)
KEYS = ("duration_ms", "billed_ms", "memory_mb", "used_mb", "init_ms")


def report_lines(messages: list) -> list:
    rows = []
    for match in filter(None, map(FORM.match, messages)):
        numbers = dict(zip(KEYS, map(float, match.groups()[1:]), strict=True))
        rows.append({"request_id": match[1], **numbers, "status": "success"})
    return rows
