import math
import random
import uuid

RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


def refill(cache, key: str, load, ttl: int, lock: str, token: str) -> str:
    try:
        begun = time.monotonic()
        text = load()
        cache.hset(f"{key}#", mapping={"text": text, "took": time.monotonic() - begun})
        cache.expire(f"{key}#", ttl)
        return text
    finally:
        cache.eval(RELEASE, 1, lock, token)


def get_or_load(cache, key: str, load, ttl: int) -> str:
    """A reader may refresh early, the likelier the less time is left (XFetch)."""
    lock, token = f"{key}#lock", uuid.uuid4().hex
    while True:
        with cache.pipeline() as pipe:
            found, left = pipe.hgetall(f"{key}#").pttl(f"{key}#").execute()
        if found:
            early = -float(found["took"]) * math.log(1 - random.random())
            if left / 1000 > min(early, ttl / 10) or cache.exists(lock):
                return found["text"]
        if cache.set(lock, token, nx=True, px=4000):
            if not found and cache.exists(f"{key}#"):
                cache.eval(RELEASE, 1, lock, token)
                continue
            return refill(cache, key, load, ttl, lock, token)
        time.sleep(0.1)
