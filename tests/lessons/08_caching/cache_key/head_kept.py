# misconception: HEAD is as good as GET.
# expect: it would be given for a later GET
def cache_key(request: dict, site: dict) -> str | None:
    """The key under which a cache keeps the answer to a request; None: it must not be kept.

    request: {"method": "GET", "path": "/products/7", "query": {"page": "2", "ref": "mail"},
        "headers": {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5", ...}}
    site: {"languages": ["en", "de", "fr"], "query": ["page", "sort"], "personal": ["/cart"]}
    Kept are answers to GET without an Authorization header, but none of the personal paths and what
    is below them (/cart and /cart/items, not /cartoons). Two of them have the same key exactly if
    the origin answers them alike. Its answer depends on
    - the path,
    - the query parameters that site names, in whatever order,
    - the language: of those that site has the one with the highest q, the first of equals; de-CH
      counts as de, whether in small letters or capitals. If none is left: the site's first one.

    >>> cache_key(request, site) == cache_key({**request, "query": {"page": "2"}}, site)
    True
    """
    headers = {name.lower(): value for name, value in request["headers"].items()}
    below = any((request["path"] + "/").startswith(f"{path}/") for path in site["personal"])
    if request["method"] not in ("GET", "HEAD") or below or "authorization" in headers:
        return None
    best, language = 0.0, site["languages"][0]
    for part in headers.get("accept-language", "").split(","):
        tag, _, quality = part.partition(";")
        name, weight = tag.strip().lower().split("-")[0], float(quality.partition("=")[2] or 1)
        if name in site["languages"] and weight > best:
            best, language = weight, name
    query = sorted(pair for pair in request["query"].items() if pair[0] in site["query"])
    return json.dumps([request["path"], query, language])
