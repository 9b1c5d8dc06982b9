import uuid


def get_or_load(cache, key: str, load, ttl: int) -> str:
    """The text of a key: from the cache, or else from load(), which fills it for ttl seconds.

    cache: a redis.Redis with decode_responses=True. load(): takes no arguments, and 0.05 to 2 s;
    it returns a text (perhaps an empty one), or raises, and then its caller gets the error. ttl: s.
    - Whoever finds a text in the cache returns it at once.
    - However many processes miss a key at the same time, load runs once (twice by bad luck, but
      never in two of them at the same time). Loading one key holds up no other key.
    - Those who wait look again every 20 to 200 ms, and have the text within 0.5 s after it came.
    - A process may be killed within load(). All others have their text at most 10 s later.
    - A process that takes far longer than 2 s loses its right to load alone, and whatever it does
      then, it disturbs no other process that loads.
    Real processes share no variables. The account plays all of them in this notebook: what shall be
    each one's own, make within the function.

    >>> get_or_load(cache, "page:start", render, 60)
    '<h1>Spring sale</h1>'
    """
    lock, token = f"lock:{key}", uuid.uuid4().hex
    while (text := cache.get(key)) is None:
        if not cache.set(lock, token, nx=True, ex=6):
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
