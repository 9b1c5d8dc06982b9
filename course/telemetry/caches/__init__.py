"""The rules of in-memory caches: sizes, slots, who is evicted."""
