# misconception: who gets the lock has to load.
# expect: of them load: one is enough
def get_or_load(cache, key: str, load, ttl: int) -> str:
    text = cache.get(key)
    if text is None:
        with cache.lock(f"lock:{key}", timeout=5, sleep=0.05):
            text = load()
            cache.set(key, text, ex=ttl)
    return text
