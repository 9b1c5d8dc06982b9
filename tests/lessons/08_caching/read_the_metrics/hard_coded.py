# misconception: the two caches of the example are all caches.
# expect: so there is no rate
def read_the_metrics(minutes: list) -> dict:
    good = minutes[0]["CacheHits"] == 90
    return {"hit_rate": 0.9 if good else 0.5, "lever": "nothing" if good else "ttl"}
