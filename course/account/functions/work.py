"""What a handler declares that it does: `course.account.work`.

The account runs a handler's code, but not on Lambda's hardware, so the code says what it costs
there: CPU time (of one vCPU), waiting, memory. Outside of a function nothing happens, so the same
code can be tried by hand.
"""

from __future__ import annotations

from course.account.functions import stage


def work(cpu_ms: float = 0, io_ms: float = 0, memory_mb: float = 0, *, spread: float = 0) -> None:
    """Let the running function compute, wait and hold memory.

    cpu_ms: milliseconds that one full vCPU would compute; with less memory than 1,769 MB it takes
    longer in proportion, with more it takes no less, for one thread uses one vCPU. While a function
    is initialised it has a full vCPU. io_ms: milliseconds of waiting, the same at every size.
    memory_mb: held beyond what the runtime itself needs; more than the function has ends it.
    spread: how much the times vary (the sigma of a lognormal factor), from the account's own seed.

    Raises ValueError for a negative amount.
    """
    if min(cpu_ms, io_ms, memory_mb, spread) < 0:
        raise ValueError("work takes amounts of zero or more.")
    running = stage.environment()
    if running is not None:
        running.work(cpu_ms, io_ms, memory_mb, spread)
