# misconception: the visible tests are all there is.
# expect: and readers get
def get_or_load(cache, key: str, load, ttl: int) -> str:
    if cache.set(f"once:{key}", 1, nx=True):
        load()
    return "<h1>Hello</h1>"
