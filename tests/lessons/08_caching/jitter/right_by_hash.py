import zlib


def ttl_for(key: str, seconds: int) -> int:
    share = zlib.crc32(key.encode()) / 2**32
    return max(1, int(seconds * (0.8 + 0.4 * share) + 0.5))
