"""Every choice that AWS's documentation leaves open, in one place, each with its default.

Source of the open questions: the Logs Insights QL pages of the CloudWatch Logs User Guide
("CWL_QuerySyntax" and the pages below it) do not settle what is listed here. Pass a changed copy,
`run(query, events, options=Options(two_valued_not=True))`, to see the other reading.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How the engine reads what the documentation does not say.

    two_valued_not: `not (x = 1)` is true for an event without `x`. Default: it is not; a missing
        field makes every comparison unknown and `not` keeps it unknown.
    nulls_first: events without the sort field come first. Default: last, in both directions.
    parsed_columns: names made by `parse` are shown without being listed. Default: yes.
    glob_spans_lines: a `*` of a `parse` pattern also matches line ends. Default: no.
    sample_stddev: `stddev` divides by n-1. Default: by n, as `variance` is documented to do.
    decimals: places after the point of a calculated number in `search`.
    infer_numbers: in `run`, a text column whose every value reads as a plain number is numeric.
    hoist_filters: a `filter` on a raw field after the only `stats` runs before it. Default: error.
    platform_reports: a JSON `platform.report` record also gives @type, @requestId, @duration,
        @billedDuration, @memorySize, @maxMemoryUsed, @initDuration. Default: it is plain JSON.
    pattern_details: `pattern` also shows @PatternId, @regexString, @tokens, @logSamples and
        @visualization, as the service's API does. Default: only the four documented columns; the
        others are there when a `display` names them.
    line_request_ids: application lines in Lambda's text format give their @requestId. Default: yes.
    """

    two_valued_not: bool = False
    nulls_first: bool = False
    parsed_columns: bool = True
    glob_spans_lines: bool = False
    sample_stddev: bool = False
    decimals: int = 4
    infer_numbers: bool = True
    hoist_filters: bool = False
    platform_reports: bool = False
    line_request_ids: bool = True
    pattern_details: bool = False


DEFAULT = Options()
