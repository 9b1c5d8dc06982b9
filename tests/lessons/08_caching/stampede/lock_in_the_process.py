# misconception: all functions share the variables of my module.
# expect: none of your variables
busy: set = set()


def get_or_load(cache, key: str, load, ttl: int) -> str:
    while (text := cache.get(key)) is None:
        if key in busy:
            time.sleep(0.1)
            continue
        busy.add(key)
        try:
            text = load()
            cache.set(key, text, ex=ttl)
        finally:
            busy.discard(key)
    return text
