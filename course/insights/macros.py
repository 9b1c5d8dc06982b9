"""The engine's own SQL functions, once per connection: a value as a number, as text, as a key.

Values found in log events have no declared type: a number may stand in a string ("numeric strings
are read as numbers where a number is needed", inferred from the documented `parse` examples). So an
event's field travels as text and `as_number` reads it. Static text: nothing of a query gets here.
"""

from __future__ import annotations

MACROS = (
    # NaN, infinities and 1_000 are words in a log, not numbers.
    # No number begins beyond 9 in ASCII; trying a word as a number is slow.
    """as_number(t) AS CASE WHEN ascii(t) < 58 AND isfinite(TRY_CAST(t AS DOUBLE))
       AND NOT contains(t, '_') THEN TRY_CAST(t AS DOUBLE) END""",
    "finite(n) AS CASE WHEN isfinite(CAST(n AS DOUBLE)) THEN n END",
    """number_text(n) AS CASE WHEN abs(n) < 1e15 AND n = trunc(n)
       THEN CAST(CAST(n AS BIGINT) AS VARCHAR) ELSE CAST(n AS VARCHAR) END""",
    "time_text(ms) AS strftime(epoch_ms(ms), '%Y-%m-%d %H:%M:%S.%g')",
    """pointer(ms, place, log_group, stream) AS
       to_base64(encode(concat(ms, chr(10), place, chr(10), log_group, chr(10), stream)))""",
    # One leaf of a JSON document: strings without quotes, true and false as 1 and 0, null missing.
    """json_leaf(j) AS CASE left(j, 1)
       WHEN '"' THEN CASE WHEN contains(j, '\\') THEN json_extract_string(j, '$') ELSE j[2:-2] END
       WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL WHEN '{' THEN NULL WHEN '[' THEN NULL
       ELSE CASE WHEN suffix(j, '.0') THEN j[:-3] ELSE CAST(j AS VARCHAR) END END""",
    # The leaf j (no leaf: null, an object, a list), else the one under a key that holds dots, which
    # few documents have. Asked in this order for speed.
    """dotted_leaf(j, document, pointer, dotted) AS CASE
       WHEN coalesce(ascii(j) IN (110, 123, 91), TRUE)
       THEN CASE WHEN contains(document, dotted) OR contains(document, '\\')
       THEN json_leaf(json_extract(document, pointer)) END ELSE json_leaf(j) END""",
    "json_leaves(t, paths) AS list_transform(json_extract(t, paths), lambda j: json_leaf(j))",
    # Natural order: runs of digits compare by length, then value; "0" keeps them in place.
    # string_agg by its name: array_to_string is a macro that would compute its list twice.
    """sort_text(t) AS CASE WHEN regexp_matches(t, '[0-9]') THEN list_aggr(list_transform(
       regexp_extract_all(t, '[0-9]+|[^0-9]+'), lambda run: CASE
       WHEN left(run, 1) NOT BETWEEN '0' AND '9' THEN run
       ELSE '0' || lpad(CAST(length(run) AS VARCHAR), 6, '0') || run END), 'string_agg', '')
       ELSE t END""",
    "sort_class(t) AS CASE WHEN t IS NOT NULL THEN as_number(t) IS NOT NULL END",
    "sort_rest(t) AS CASE WHEN as_number(t) IS NULL THEN sort_text(t) ELSE t END",
    # The beginning of sort_text, up to and with its first run of digits: much cheaper. Of a number
    # the whole, for `sort_rest` is this text too: 01 stands before 1.
    "lead_words(number, t) AS CASE WHEN number THEN t ELSE regexp_extract(t, '^[^0-9]*') END",
    "lead(number, t) AS CASE WHEN number THEN t ELSE regexp_extract(t, '^[^0-9]*[0-9]*') END",
    "lead_key(words, whole) AS words || left('0', length(whole) - length(words))",
    """same_value(a, b) AS CASE WHEN as_number(a) IS NOT NULL AND as_number(b) IS NOT NULL
       THEN as_number(a) = as_number(b) ELSE a = b END""",
    """same_number(t, n) AS CASE WHEN t IS NULL OR n IS NULL THEN NULL
       WHEN as_number(t) IS NULL THEN FALSE ELSE as_number(t) = n END""",
    """before_value(a, b) AS CASE WHEN as_number(a) IS NOT NULL AND as_number(b) IS NOT NULL
       THEN as_number(a) < as_number(b) ELSE a < b END""",
    """floor_to(ms, step, origin) AS CAST(floor((ms - origin) / step) AS BIGINT) * step + origin""",
    """floor_months(ms, n) AS CAST(epoch_ms(make_timestamp(
       CAST(((year(epoch_ms(ms)) * 12 + month(epoch_ms(ms)) - 1) // n * n) // 12 AS BIGINT),
       CAST(((year(epoch_ms(ms)) * 12 + month(epoch_ms(ms)) - 1) // n * n) % 12 + 1 AS BIGINT),
       1, 0, 0, 0.0)) AS BIGINT)""",
    """add_months(ms, n) AS
       CAST(epoch_ms(epoch_ms(ms) + to_months(CAST(n AS INTEGER))) AS BIGINT)""",
    # The places of `fillmissing`; more than a result can hold are refused.
    """bin_series(lo, hi, step) AS CASE WHEN (hi - lo) / step > 100000
       THEN error('`fillmissing` would make more than 100,000 bins')
       ELSE generate_series(lo, hi, step) END""",
    """month_series(lo, hi, n) AS list_transform(generate_series(0, CAST(
       date_diff('month', epoch_ms(lo), epoch_ms(hi)) AS BIGINT) // n),
       lambda i: add_months(lo, i * n))""",
    """is_ipv4(t) AS regexp_full_match(t,
       '((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])')""",
    """ipv4_number(t) AS CASE WHEN is_ipv4(t) THEN
       CAST(split_part(t, '.', 1) AS BIGINT) * 16777216
       + CAST(split_part(t, '.', 2) AS BIGINT) * 65536
       + CAST(split_part(t, '.', 3) AS BIGINT) * 256 + CAST(split_part(t, '.', 4) AS BIGINT) END""",
    """in_ipv4_subnet(t, network, size) AS
       coalesce(ipv4_number(t) // size = CAST(network AS BIGINT) // size, FALSE)""",
    """is_ipv6(t) AS regexp_full_match(t, '([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}')
       OR (regexp_full_match(t, '(([0-9a-fA-F]{1,4}:)*[0-9a-fA-F]{1,4})?::'
       || '(([0-9a-fA-F]{1,4}:)*[0-9a-fA-F]{1,4})?')
       AND length(t) - length(replace(t, ':', '')) <= 7)""",
    """json_items(t) AS CASE WHEN json_valid(t) AND json_type(CAST(t AS JSON)) = 'ARRAY'
       THEN json_extract(t, '$[*]') END""",
)
