def key_of(document: dict) -> str:
    import zlib

    shard = zlib.crc32(f"{document['order']}{document['kind']}".encode()) % 16
    day = document["at"][:10]
    return f"documents/{shard:x}/{day}/{document['order']}-{document['kind']}.pdf"
