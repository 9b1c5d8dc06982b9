# misconception: the site of the example is every site.
# expect: Another site
def cache_key(request: dict, site: dict) -> str | None:
    if request["path"] == "/cart":
        return None
    headers = {name.lower(): value for name, value in request["headers"].items()}
    page = request["query"].get("page")
    return f"{request['path']} {page} {headers.get('accept-language', '')[:2]}"
