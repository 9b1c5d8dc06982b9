# misconception: the functions of the visible test are all there are
# expect: a word for each of 5 options
def weigh(evidence: dict, options: list[str]) -> dict[str, str]:
    cold = evidence["warm_p99_ms"] == 300
    return {
        "provisioned concurrency": "right" if cold else "cold",
        "more memory": "computes" if cold else "right",
        "a faster dependency, or a cache": "waits",
    }
