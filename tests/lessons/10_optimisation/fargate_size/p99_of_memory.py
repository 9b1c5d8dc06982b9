# misconception: 99 of 100 are enough for memory, too.
# expect: one sample in 100 may want more memory
def task_size(samples: list[tuple[int, int]]) -> dict | None:
    """The cheapest size of Fargate that is enough for a container.

    samples: (CPU units, MiB) that it wanted, every ten seconds of some hours.
    CPU: of 100 samples, one may want more than the task has, of 250 two.
    Memory: at least the greatest sample and a quarter of it on top.
    Returns the two as register_task_definition takes them; None if the largest task is too small.

    >>> task_size([(180, 300), (200, 380), (190, 310)])
    {'cpu': '256', 'memory': '512'}
    """
    wanted = sorted((cpu for cpu, _ in samples), reverse=True)
    least_cpu = wanted[len(samples) // 100]
    least_memory = (
        1.25 * sorted((memory for _, memory in samples), reverse=True)[len(samples) // 100]
    )
    for cpu, memories in SIZES.items():
        for memory in memories:
            if cpu >= least_cpu and memory >= least_memory:
                return {"cpu": str(cpu), "memory": str(memory)}
    return None
