"""Requests of a website's visitors, each with the answer that its origin gave.

What an answer depends on is drawn first, and the request is then worded as some browser would word
it: the same wish in many forms of Accept-Language (RFC 9110, "Accept-Language"), parameters in any
order, beside them what changes no answer: campaign parameters, cookies, the browser's name.
"""

from __future__ import annotations

from random import Random
from typing import Any

from course.incidents.seeds import hexadecimal, stream

Request = dict[str, Any]
ABROAD = ("ja", "ko", "tr", "uk")  # languages that no site of ours has
REGIONS = ("AT", "BE", "CH", "US", "CA")
BROWSERS = ("Chrome/146.0", "Firefox/149.0", "Safari/26.1", "Edge/146.0", "SamsungBrowser/29.0")
SYSTEMS = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
CAMPAIGNS = ("utm_source", "utm_campaign", "gclid", "ref")


def visits(site: dict[str, Any], count: int, seed: int | str) -> list[tuple[Request, str]]:
    """(request, what the origin answered) in order.

    site: {"languages": [the default first, ...], "query": [parameters that matter], "personal":
    [paths whose pages differ by person]}. A request has method, path, query and headers.
    """
    rng = stream(seed, "visitors")
    return [_visit(rng, site) for _ in range(count)]


def _visit(rng: Random, site: dict[str, Any]) -> tuple[Request, str]:
    language = rng.choice(site["languages"])
    query = {name: str(rng.randint(1, 2)) for name in site["query"] if rng.random() < 0.3}
    path = f"/products/{int(rng.paretovariate(1.1))}"
    answer = f"{path} {sorted(query.items())} in {language}"
    headers = _headers(rng, language, site["languages"])
    request = {"method": "GET", "path": path, "query": _mixed(rng, query), "headers": headers}
    drawn, person = rng.random(), hexadecimal(rng, 8)
    if drawn < 0.08:
        request["path"] = rng.choice(site["personal"]) + rng.choice(("", "/items"))
        answer = f"{request['path']} of {person}"
    elif drawn < 0.12:
        headers["Authorization"] = f"Bearer {person}"
        answer += f" for {person}"
    elif drawn < 0.16:
        request["method"] = "POST"
        answer = f"done: {person}"
    return request, answer


def _mixed(rng: Random, query: dict[str, str]) -> dict[str, str]:
    """The parameters in any order, and perhaps a campaign's among them."""
    found = list(query.items())
    if rng.random() < 0.4:
        found.append((rng.choice(CAMPAIGNS), hexadecimal(rng, 6)))
    rng.shuffle(found)
    return dict(found)


def _headers(rng: Random, language: str, known: list[str]) -> dict[str, str]:
    headers = {
        "User-Agent": f"Mozilla/5.0 ({rng.choice(SYSTEMS)}) {rng.choice(BROWSERS)}",
        "Accept-Encoding": "gzip, deflate, br",
        "Cookie": f"consent={hexadecimal(rng, 6)}",
    }
    wish = _wish(rng, language, known)
    if wish:
        headers[rng.choice(("Accept-Language", "accept-language"))] = wish
    return headers


def _wish(rng: Random, language: str, known: list[str]) -> str:
    """One of many ways to say that somebody reads this language best of those that the site has."""
    other = rng.choice([each for each in known if each != language])
    region, foreign = rng.choice(REGIONS), rng.choice(ABROAD)
    forms = [
        language,
        f"{language}-{region}",
        f"{language}-{region},{language};q=0.9,{other};q=0.8",
        f"{language},{other};q=0.5",
        f"{other};q=0.4, {language}-{region};q=0.9",
        f"{foreign},{language};q=0.7,{other};q=0.3",
        f"{language.upper()};q=0.8,{other};q=0.2,*;q=0.1",
    ]
    if language == known[0]:
        forms += ["", "*", foreign, f"{foreign}-{region},{foreign};q=0.9"]
    return rng.choice(forms)
