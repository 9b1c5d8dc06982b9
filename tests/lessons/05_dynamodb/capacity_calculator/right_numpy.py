def capacity_units(request: dict) -> float:
    operation = request["operation"]
    if "before" in request:
        pairs = zip(request["before"], request["after"], strict=True)
        import numpy as np

        units = np.sum([max(1, -(-max(pair) // 1024)) for pair in pairs])
        return units * (2 if operation == "TransactWriteItems" else 1)
    counted = [sum(request["read"])] if operation == "Query" else request["read"]
    blocks = sum(max(1, -(-size // 4096)) for size in counted)
    if operation == "TransactGetItems":
        return 2.0 * blocks
    return blocks * (1.0 if request["consistent"] else 0.5)
