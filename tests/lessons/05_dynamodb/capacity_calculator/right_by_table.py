def capacity_units(request):
    per_block = {"TransactGetItems": 2, "TransactWriteItems": 2}
    operation = request["operation"]
    units = 0
    if operation in ("GetItem", "BatchGetItem", "TransactGetItems", "Query"):
        sizes = [sum(request["read"])] if operation == "Query" else request["read"]
        for size in sizes:
            whole, rest = divmod(size, 4096)
            units += max(1, whole + (rest > 0))
        return units * per_block.get(operation, 1 if request["consistent"] else 0.5)
    for old, new in zip(request["before"], request["after"]):
        whole, rest = divmod(old if old > new else new, 1024)
        units += max(1, whole + (rest > 0))
    return units * per_block.get(operation, 1)
