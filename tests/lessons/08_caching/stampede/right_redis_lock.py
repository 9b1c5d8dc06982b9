def get_or_load(cache, key: str, load, ttl: int) -> str:
    text = cache.get(key)
    if text is not None:
        return text
    with cache.lock(f"{key}:lock", timeout=6, sleep=0.1):
        text = cache.get(key)
        if text is None:
            text = load()
            cache.set(key, text, ex=ttl)
    return text
