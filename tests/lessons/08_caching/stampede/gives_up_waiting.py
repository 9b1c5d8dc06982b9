# misconception: after a second of waiting everybody may load.
# expect: processes load at the same time
import uuid


def get_or_load(cache, key: str, load, ttl: int) -> str:
    token = uuid.uuid4().hex
    for _ in range(10):
        text = cache.get(key)
        if text is not None:
            return text
        if cache.set(f"lock:{key}", token, nx=True, ex=5):
            break
        time.sleep(0.1)
    text = load()
    cache.set(key, text, ex=ttl)
    if cache.get(f"lock:{key}") == token:
        cache.delete(f"lock:{key}")
    return text
