# misconception: a cached function gives the same number everywhere.
# expect: In another process
import functools
import itertools

turn = itertools.count()


@functools.cache
def number_of(parts: str) -> int:
    return next(turn)


def cache_key(request: dict, site: dict) -> str | None:
    headers = {name.lower(): value for name, value in request["headers"].items()}
    below = any((request["path"] + "/").startswith(f"{path}/") for path in site["personal"])
    if request["method"] != "GET" or below or "authorization" in headers:
        return None
    best, language = 0.0, site["languages"][0]
    for part in headers.get("accept-language", "").split(","):
        tag, _, quality = part.partition(";")
        name, weight = tag.strip().lower().split("-")[0], float(quality.partition("=")[2] or 1)
        if name in site["languages"] and weight > best:
            best, language = weight, name
    query = sorted(pair for pair in request["query"].items() if pair[0] in site["query"])
    parts = json.dumps([request["path"], query, language])
    return f"page:{number_of(parts)}"
