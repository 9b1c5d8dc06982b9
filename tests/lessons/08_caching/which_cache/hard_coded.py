# misconception: the need of the example is everybody's.
# expect: was not ruled out for its age
def which_cache(need: dict) -> dict:
    out = {"valkey": "same_calls", "memcached": "same_calls"}
    return {"fits": ["dax"], "out": {**out, "api_gateway": "keeps", "cloudfront": "keeps"}}
