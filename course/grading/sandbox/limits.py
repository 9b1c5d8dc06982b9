"""What one notebook's kernel may use; whoever passes a limit is ended, or gets the system's error.

Per process, by the system: address space, size of a file, open files, number of processes. For all
processes of a kernel together, by `warden`: memory, processor time, number of processes, life time.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass

MB = 1 << 20
# Address space that a kernel maps when it starts (64 MB for the heap of each thread) and duckdb
# when it opens (measured: 600 and 580 MB), without using it.
RESERVED_MB = 1200


@dataclass(frozen=True)
class Limits:
    """Limits of one kernel; the defaults are some ten times what the dearest lesson uses."""

    # The sum over all processes of a kernel.
    memory_mb: int = 2048
    # Processor seconds, threads and child processes included.
    cpu_s: int = 300
    # Threads count, too: a kernel has about ten.
    processes: int = 128
    file_mb: int = 100
    # All files that a kernel writes, together; they are kept in memory and end with it.
    tmp_mb: int = 256
    open_files: int = 1024
    # The runner stops a cell and a notebook; a kernel that outlives its notebook's time is ended.
    cell_s: int = 30
    notebook_s: int = 300

    def apply(self, mapped: int, own_user: bool) -> None:
        """Limit this process and all it starts. mapped: bytes of address space in use already.
        own_user: whether nobody else's processes are counted as this user's, as in the sandbox.

        A kernel's threads and duckdb's map far more than they touch, so this limit is a generous
        one; `warden` counts what is really used.
        """
        address_space = mapped + (RESERVED_MB + self.memory_mb) * MB
        processes = self.processes if own_user else resource.RLIM_INFINITY
        for what, soft, hard in (
            (resource.RLIMIT_AS, address_space, address_space),
            # The first limit is a signal that can be ignored, the second cannot.
            (resource.RLIMIT_CPU, self.cpu_s, self.cpu_s + 5),
            (resource.RLIMIT_FSIZE, self.file_mb * MB, self.file_mb * MB),
            (resource.RLIMIT_NOFILE, self.open_files, self.open_files),
            (resource.RLIMIT_NPROC, processes, processes),
            (resource.RLIMIT_CORE, 0, 0),
        ):
            ceiling = resource.getrlimit(what)[1]
            if hard == resource.RLIM_INFINITY:
                continue
            if ceiling != resource.RLIM_INFINITY:
                soft, hard = min(soft, ceiling), min(hard, ceiling)
            resource.setrlimit(what, (soft, hard))
