import uuid
from time import sleep


def get_or_load(cache, key: str, load, ttl: int) -> str:
    lock, token = f"lock:{key}", uuid.uuid4().hex
    while (text := cache.get(key)) is None:
        if not cache.set(lock, token, nx=True, ex=5):
            sleep(0.1)
            continue
        try:
            if (text := cache.get(key)) is None:  # somebody may have filled it meanwhile
                text = load()
                cache.set(key, text, ex=ttl)
        finally:
            # Look and delete in one step, or another's lock may come in between.
            mine = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
            cache.eval(mine, 1, lock, token)
    return text
