# misconception: a TTL is all the protection that is needed.
# expect: of them load: one is enough
def get_or_load(cache, key: str, load, ttl: int) -> str:
    text = cache.get(key)
    if text is None:
        text = load()
        cache.set(key, text, ex=ttl)
    return text
