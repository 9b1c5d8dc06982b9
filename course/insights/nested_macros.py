"""The engine's SQL functions over maps, lists, lines and addresses: static text, as in `macros`.

Source of the shapes: see `nested`, `structures`, `series`, `addresses`.
"""

from __future__ import annotations

NESTED_MACROS = (
    # null is missing, which json_leaf knows of; a cast from text to JSON would read it all again.
    "is_known(j) AS coalesce(CAST(j AS VARCHAR) <> 'null', FALSE)",
    "is_container(j) AS coalesce(left(j, 1) IN ('{', '['), FALSE)",
    """json_elements(j) AS CASE WHEN left(j, 1) = '[' THEN json_extract(j, '$[*]')
       WHEN is_known(j) THEN [j] END""",
    """json_structure(t) AS CASE WHEN left(ltrim(t, ' \t\n\r'), 1) IN ('{', '[')
       THEN TRY_CAST(ltrim(t, ' \t\n\r') AS JSON) END""",
    "only_array(j) AS CASE WHEN left(j, 1) = '[' THEN j END",
    """json_items_or(j, other) AS
       CASE WHEN j IS NOT NULL THEN json_extract(j, '$[*]') ELSE [other] END""",
    # Both formats begin with a digit, which is quickly seen.
    """line_part(m, line, n) AS CASE WHEN left(m, 1) BETWEEN '0' AND '9' THEN
       CASE WHEN regexp_full_match(m, line)
       THEN nullif(split_part(m, ' ', CAST(n AS BIGINT)), '-') END END""",
    # A map of texts; of a key that comes twice the first.
    """json_object_of(keys, texts) AS CASE WHEN len(keys) > 0 THEN CAST('{' || list_aggr(
       list_filter(list_transform(keys, lambda k, i: CASE WHEN list_position(keys, k) = i THEN
       CAST(to_json(k) AS VARCHAR) || ':' || CAST(to_json(texts[i]) AS VARCHAR) END),
       lambda e: e IS NOT NULL), 'string_agg', ',') || '}' AS JSON) END""",
    """unquoted(t) AS CASE WHEN left(t, 1) = '"' AND json_valid(t)
       THEN json_extract_string(t, '$') ELSE t END""",
    r"""logfmt(t) AS json_object_of(
       regexp_extract_all(t, '([^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)', 1), list_transform(
       regexp_extract_all(t, '([^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)', 2), lambda v: unquoted(v)))""",
    """csv_values(t) AS list_transform(
       regexp_extract_all(t || ',', '("(?:[^"]|"")*"|[^,]*),', 1), lambda v: CASE
       WHEN length(v) > 1 AND left(v, 1) = '"' AND suffix(v, '"')
       THEN replace(v[2:-2], '""', '"') ELSE v END)""",
    # The keys of a histogram, the most frequent first, then by themselves.
    """top_values(h, k) AS list_transform(list_sort(list_transform(map_entries(h),
       lambda e: {'n': -CAST(e.value AS BIGINT), 'v': e.key})), lambda s: s.v)
       [1:CAST(k AS BIGINT)]""",
    "list_filter_present(v) AS list_filter(v, lambda x: x IS NOT NULL)",
    # How many of `v` fall into each of `n` equally wide ranges, as a map from "low..high".
    """bucket_counts(v, n) AS CASE WHEN isfinite(list_max(v) - list_min(v)) THEN
       CAST('{' || list_aggr(list_transform(
       [{'lo': list_min(v), 'width': (list_max(v) - list_min(v)) / n}], lambda r: list_transform(
       [list_aggr(list_transform(v, lambda x: CAST(least(coalesce(floor(
       (x - r.lo) / nullif(r.width, 0)), 0), n - 1) AS BIGINT)), 'histogram')],
       lambda h: list_transform(
       range(CASE WHEN r.width = 0 THEN 1 ELSE CAST(n AS BIGINT) END), lambda i:
       '"' || number_text(round(r.lo + r.width * i, 6)) || '..'
       || number_text(round(r.lo + r.width * (i + 1), 6)) || '":' || coalesce(h[i], 0)))[1])[1],
       'string_agg', ',') || '}' AS JSON) END""",
    """ipv6_groups(t) AS CASE WHEN t = '' THEN '' ELSE list_aggr(list_transform(
       string_split(t, ':'), lambda g: lpad(g, 4, '0')), 'string_agg', '') END""",
    # The 32 hexadecimal digits of an IPv6 address: they compare as the address does.
    """ipv6_hex(t) AS CASE WHEN is_ipv6(t) THEN lower(CASE WHEN contains(t, '::') THEN
       ipv6_groups(split_part(t, '::', 1)) || repeat('0', 32
       - length(ipv6_groups(split_part(t, '::', 1))) - length(ipv6_groups(split_part(t, '::', 2))))
       || ipv6_groups(split_part(t, '::', 2)) ELSE ipv6_groups(t) END) END""",
    """in_ipv6_range(t, low, high) AS coalesce(ipv6_hex(t) BETWEEN low AND high, FALSE)""",
    # Milliseconds of the years 0001 to 9999; any other number is no time.
    "in_time(ms) AS CASE WHEN ms BETWEEN -62135596800000 AND 253402300799999 THEN ms END",
    """hex_digits(t) AS CASE WHEN regexp_full_match(t, '-?(0[xX])?[0-9a-fA-F]+')
       THEN regexp_replace(t, '^-?(0[xX])?', '') END""",
    """hex_text(t) AS CASE WHEN length(hex_digits(t)) % 2 = 0 AND NOT starts_with(t, '-')
       THEN TRY(decode(from_hex(hex_digits(t)))) END""",
    """hex_number(t) AS CAST(TRY_CAST('0x' || hex_digits(t) AS BIGINT) AS DOUBLE)
       * CASE WHEN starts_with(t, '-') THEN -1 ELSE 1 END""",
    """number_hex(n) AS CASE WHEN TRY_CAST(trunc(n) AS BIGINT) < 0 THEN '-' ELSE '' END
       || '0x' || format('{:x}', abs(TRY_CAST(trunc(n) AS BIGINT)))""",
)
