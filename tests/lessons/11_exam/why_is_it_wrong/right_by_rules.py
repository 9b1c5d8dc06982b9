HELPS = {
    "cold": "provisioned concurrency",
    "waits": "a faster dependency, or a cache",
    "computes": "more memory",
    "poison": "bisect batches, with a destination for failures",
    "contention": "enhanced fan-out",
    "too_little": "higher parallelization factor",
    "outlives": "longer visibility timeout",
    "neighbours": "report batch item failures",
    "sent_twice": "deduplicate where it is sent",
    "malformed": "return the body as text",
    "too_long": "answer 202, work later",
    "limited": "higher throttling limit",
}
RULES = {  # of each kind the first one that holds
    "function": [
        ("cold", lambda e: 2 * e["warm_p99_ms"] < e["p99_ms"]),
        ("waits", lambda e: 2 * e["waiting_ms"] > e["warm_p99_ms"]),
        ("computes", lambda e: True),
    ],
    "stream": [
        ("poison", lambda e: e["errors"] > 0 and e["shards_behind"] == 1),
        ("contention", lambda e: e["read_throttled"] > 0),
        ("too_little", lambda e: True),
    ],
    "queue": [
        ("outlives", lambda e: e["p99_s"] > e["visibility_s"]),
        ("neighbours", lambda e: e["failed_batches"] > 0),
        ("sent_twice", lambda e: True),
    ],
    "api": [
        ("malformed", lambda e: e["status"] == 502),
        ("too_long", lambda e: e["status"] == 504),
        ("limited", lambda e: e["status"] == 429),
    ],
}


def weigh(evidence: dict, options: list[str]) -> dict[str, str]:
    holds = next(name for name, rule in RULES[evidence["kind"]] if rule(evidence))
    condition = {option: name for name, option in HELPS.items()}
    return {o: "right" if condition[o] == holds else condition[o] for o in options}
