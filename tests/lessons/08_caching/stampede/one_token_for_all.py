# misconception: a token that is made once is each process's own here, too.
# expect: A text that is made once
import uuid

TOKEN = uuid.uuid4().hex


def get_or_load(cache, key: str, load, ttl: int) -> str:
    lock, token = f"lock:{key}", TOKEN
    while (text := cache.get(key)) is None:
        if not cache.set(lock, token, nx=True, ex=5):
            time.sleep(0.1)
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
