"""What memory does to time and money.

Lambda hands out CPU in proportion to memory: one vCPU at 1,769 MB ("Configure Lambda function
memory"). A single thread cannot use more than one vCPU, so beyond that size its CPU time no longer
shrinks. Waiting for others (I/O) takes as long at every size. During INIT a function has a whole
vCPU at any size; AWS does not document that, measurements of cold starts show it (imports take
as long at 128 MB as at 1,769 MB). Duration is billed by the millisecond, rounded up, initialisation
included (AWS compute blog, "AWS Lambda standardizes billing for INIT Phase", August 2025).
"""

from __future__ import annotations

import math

from course.telemetry.functions.limits import limit

BYTES_PER_MB = 1_048_576
MB_PER_GB = 1024


def vcpus(memory_mb: float) -> float:
    """The share of CPU that goes with a memory size, in vCPUs."""
    return memory_mb / limit("memory_of_one_vcpu")


def cpu_time(cpu_ms: float, memory_mb: float) -> float:
    """How long a single thread computes what takes one vCPU `cpu_ms`."""
    return cpu_ms / min(1.0, vcpus(memory_mb))


def billed(duration_ms: float, init_ms: float = 0.0) -> int:
    """Whole milliseconds that are charged."""
    return math.ceil(round(duration_ms + init_ms, 2))


def cost(billed_ms: float, memory_mb: int, architecture: str = "x86_64") -> float:
    """USD of one invocation: its GB-seconds and its request."""
    gb_seconds = billed_ms / 1000 * memory_mb / MB_PER_GB
    return gb_seconds * limit(f"price_gb_second_{architecture}") + limit("price_request")
