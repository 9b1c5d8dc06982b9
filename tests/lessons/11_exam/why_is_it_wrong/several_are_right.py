# misconception: what helps a little is right as well
# expect: One option is right, and you find 2
def weigh(evidence: dict, options: list[str]) -> dict[str, str]:
    """For each option "right", or the condition under which it would be right."""
    helps = {
        "provisioned concurrency": "cold",
        "a faster dependency, or a cache": "waits",
        "more memory": "computes",
        "bisect batches, with a destination for failures": "poison",
        "enhanced fan-out": "contention",
        "higher parallelization factor": "too_little",
        "longer visibility timeout": "outlives",
        "report batch item failures": "neighbours",
        "deduplicate where it is sent": "sent_twice",
        "return the body as text": "malformed",
        "answer 202, work later": "too_long",
        "higher throttling limit": "limited",
    }
    kind = evidence["kind"]
    if kind == "function":
        more = evidence["waiting_ms"] > evidence["p99_ms"] / 4
        if more and evidence["warm_p99_ms"] < evidence["p99_ms"] / 2:
            both = ("cold", "waits")
            return {each: "right" if helps[each] in both else helps[each] for each in options}
        cold = evidence["warm_p99_ms"] < evidence["p99_ms"] / 2
        waits = evidence["waiting_ms"] > evidence["warm_p99_ms"] / 2
        holds = "cold" if cold else "waits" if waits else "computes"
    elif kind == "stream":
        poison = evidence["errors"] and evidence["shards_behind"] == 1
        contention = evidence["read_throttled"]
        holds = "poison" if poison else "contention" if contention else "too_little"
    elif kind == "queue":
        outlives = evidence["p99_s"] > evidence["visibility_s"]
        failed = evidence["failed_batches"]
        holds = "outlives" if outlives else "neighbours" if failed else "sent_twice"
    else:
        holds = {502: "malformed", 504: "too_long", 429: "limited"}[evidence["status"]]
    return {each: "right" if helps[each] == holds else helps[each] for each in options}
