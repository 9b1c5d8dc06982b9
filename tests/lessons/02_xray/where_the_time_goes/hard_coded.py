# misconception: the numbers of the example, typed in
# expect: the result names
def own_time(segments: list) -> dict:
    """How many milliseconds of a trace each service spent itself."""
    return {"web": 400.0, "pricing": 600.0}
