import random


def ttl_for(key: str, seconds: int) -> int:
    factor = min(1.2, max(0.8, random.gauss(1, 0.1)))
    return max(1, round(factor * seconds))
