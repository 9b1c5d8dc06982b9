# misconception: ConsistentRead halves or doubles a transactional read too
# expect: ConsistentRead mattered in a transaction
import math


def capacity_units(request):
    def blocks(size, kb):
        return max(1, math.ceil(size / (kb * 1024)))

    operation = request["operation"]
    if "before" in request:
        sizes = [max(pair) for pair in zip(request["before"], request["after"])]
        factor = 2 if operation.startswith("Transact") else 1
        return float(factor * sum(blocks(size, 1) for size in sizes))
    sizes = request["read"]
    if operation == "Query":
        sizes = [sum(sizes)]
    factor = 1 if request["consistent"] else 0.5
    if operation.startswith("Transact"):
        factor *= 2
    return float(factor * sum(blocks(size, 4) for size in sizes))
