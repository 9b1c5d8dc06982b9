def task_size(samples: list[tuple[int, int]]) -> dict | None:
    """The cheapest size of Fargate that is enough for a container.

    samples: (CPU units, MiB) that it wanted, every ten seconds of some hours.
    CPU: of 100 samples, one may want more than the task has, of 250 two.
    Memory: at least the greatest sample and a quarter of it on top.
    Returns the two as register_task_definition takes them; None if the largest task is too small.

    >>> task_size([(180, 300), (200, 380), (190, 310)])
    {'cpu': '256', 'memory': '512'}
    """
    cpus = sorted(cpu for cpu, _ in samples)
    least_cpu = cpus[len(cpus) - 1 - len(cpus) // 100]
    greatest = max(memory for _, memory in samples)
    fits = [
        (cpu / 1024 * 0.04048 + memory / 1024 * 0.004445, cpu, memory)
        for cpu, memories in SIZES.items()
        for memory in memories
        if cpu >= least_cpu and memory * 4 >= greatest * 5
    ]
    if not fits:
        return None
    _, cpu, memory = min(fits)
    return {"cpu": str(cpu), "memory": str(memory)}
