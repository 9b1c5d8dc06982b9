"""The rows of `pattern`: what stands in each of its columns, from counted shapes of lines."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from course.insights.anomalies import Watched, anomalies
from course.insights.drain import cluster
from course.insights.seam import Range, Rows
from course.insights.templates import Line, Template

HISTOGRAM_BINS = 24


def described(
    ranges: list[Rows], whole: Range, with_lines: bool, judged: bool
) -> list[dict[str, Any]]:
    """One row per pattern, from rows of (shape, events, latest time[, lines, their times])."""
    counts = [{row[0]: row for row in rows} for rows in ranges]
    templates = _templates(_frequency(ranges))
    total = sum(row[1] for row in ranges[0])
    made = [_counted(alike, counts, total) for alike in templates]
    if with_lines:
        lines = [_lines(alike, counts[0]) for alike in templates]
        for row, alike, some in zip(made, templates, lines, strict=True):
            row |= _from_lines(alike[0], some, whole)
        if judged:
            _judge(made, templates, lines, whole)
    return made


def _frequency(ranges: list[Rows]) -> dict[str, int]:
    """How often each shape stands in all ranges together."""
    frequency: dict[str, int] = defaultdict(int)
    for rows in ranges:
        for shape, events, *_ in rows:
            frequency[shape] += events
    return frequency


def _counted(alike: list[Template], counts: list[dict[str, Any]], total: int) -> dict[str, Any]:
    members = [shape for each in alike for shape in each.cluster.members]
    row = _basics(alike[0], [_events(members, each) for each in counts], total)
    row["@timestamp"] = max(each[m][2] for m in members for each in counts if m in each)
    return row


def _judge(
    made: list[dict[str, Any]],
    templates: list[list[Template]],
    lines: list[list[Line]],
    whole: Range,
) -> None:
    """Add what is unusual about the patterns that the query's own range has."""
    oldest = min((some[0].time for some in lines if some), default=0)
    for row, alike, some in zip(made, templates, lines, strict=True):
        if some:
            row |= _judged(Watched(alike[0], some, whole, oldest < some[0].time))


def _templates(frequency: dict[str, int]) -> list[list[Template]]:
    """The templates of each pattern: clusters that print alike are one pattern."""
    named: dict[tuple[str, ...], list[Template]] = defaultdict(list)
    for found in cluster(frequency.items()):
        template = Template(found)
        named[(template.pattern, *template.dynamic)].append(template)
    return list(named.values())


def _events(members: list[str], counts: dict[str, Any]) -> int:
    return sum(counts[shape][1] for shape in members if shape in counts)


def _lines(alike: list[Template], rows: dict[str, Any]) -> list[Line]:
    """The lines of a pattern in time order."""
    found = [
        template.line(time, text, shape)
        for template in alike
        for shape in template.cluster.members
        if shape in rows
        for text, time in zip(rows[shape][3], rows[shape][4], strict=True)
    ]
    return sorted(found, key=lambda line: (line.time, line.text))


def _basics(template: Template, events: list[int], total: int) -> dict[str, Any]:
    row = {
        "@pattern": template.pattern,
        "@ratio": events[0] / total if total else None,
        "@sampleCount": events[0],
        "@severityLabel": template.severity,
        "@PatternId": template.identity,
        "@regexString": template.regex,
    }
    if len(events) > 1:
        row |= {
            "@baselineCount": events[1],
            "@difference": events[0] - events[1],
            "@differenceDescription": difference(events[0], events[1]),
        }
    return row


def difference(now: int, before: int) -> str:
    """What became of a pattern, in words."""
    if before == 0:
        return "New pattern"
    if now == 0:
        return "No longer seen"
    if now == before:
        return "No change"
    change = abs(now - before) / before
    return f"{'Increased' if now > before else 'Decreased'} by {change:.0%}"


def _from_lines(template: Template, lines: list[Line], whole: Range) -> dict[str, Any]:
    width = (whole[1] + 1 - whole[0]) / HISTOGRAM_BINS
    # In a range of a few milliseconds several bins begin at the same one.
    bins = {int(whole[0] + place * width): 0 for place in range(HISTOGRAM_BINS)}
    for line in lines:
        place = max(0, min(HISTOGRAM_BINS - 1, int((line.time - whole[0]) / width)))
        bins[int(whole[0] + place * width)] += 1
    return {
        "@tokens": template.tokens(lines),
        "@logSamples": template.samples(lines),
        "@visualization": json.dumps(bins),
    }


def _judged(watched: Watched) -> dict[str, Any]:
    found = anomalies(watched)
    if not found:
        return {}
    return {
        "@anomalyType": found[0].type,
        "@anomalyScore": found[0].score,
        "@anomalyDescription": "; ".join(each.description for each in found),
    }
