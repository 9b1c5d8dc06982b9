from urllib.parse import urlencode


def cache_key(request: dict, site: dict) -> str | None:
    names = {name.lower() for name in request["headers"]}
    parts = request["path"].split("/")
    above = {"/".join(parts[:n]) for n in range(2, len(parts) + 1)}
    if request["method"] != "GET" or "authorization" in names or above & set(site["personal"]):
        return None
    wishes = [v for k, v in request["headers"].items() if k.lower() == "accept-language"]
    ranked = []
    for place, wish in enumerate(",".join(wishes).lower().split(",")):
        tag, *options = (part.strip() for part in wish.split(";"))
        q = next((float(each[2:]) for each in options if each.startswith("q=")), 1.0)
        name = tag.partition("-")[0]
        if name in site["languages"] and q:
            ranked.append((-q, place, name))
    language = min(ranked)[2] if ranked else site["languages"][0]
    wanted = {name: request["query"][name] for name in site["query"] if name in request["query"]}
    return f"{language} {request['path']}?{urlencode(wanted)}"
