"""The sizes that a Fargate task can have, and what they cost.

Sizes: the API reference of ECS, RegisterTaskDefinition, "memory" (botocore's model of it); Linux
containers, 8 and 16 vCPU included. Prices: "AWS Fargate Pricing", Linux on x86 in us-east-1, by the
hour: 0.04048 USD a vCPU and 0.004445 USD a GB. AWS sets the price of Spot by supply and demand and
says "up to 70 % off"; here it is 70 % off. Left out: Windows, ARM, ephemeral storage beyond 20 GB.
"""

from __future__ import annotations

import re

from course.telemetry.errors import RuleError

GIB = 1024
VCPU = 1024
# CPU units -> MiB
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
}
VCPU_HOUR, GB_HOUR, SPOT = 0.04048, 0.004445, 0.3
_VCPUS = re.compile(r"(\d*\.?\d+)\s*vcpu", re.IGNORECASE)
_GB = re.compile(r"(\d*\.?\d+)\s*gb", re.IGNORECASE)


def valid(cpu: int, memory: int) -> bool:
    """Whether Fargate runs tasks of so many CPU units and MiB."""
    return memory in SIZES.get(cpu, ())


def cost(cpu: int, memory: int, hours: float = 1.0, *, spot: bool = False) -> float:
    """What one task costs in USD."""
    hourly = cpu / VCPU * VCPU_HOUR + memory / GIB * GB_HOUR
    return hourly * hours * (SPOT if spot else 1.0)


def units(cpu: str) -> int:
    """CPU units of a task definition's text: "256", ".25 vCPU", "1 vcpu"."""
    return _number(cpu, _VCPUS, VCPU, "cpu")


def mebibytes(memory: str) -> int:
    """MiB of a task definition's text: "512", "0.5GB", "2 GB"."""
    return _number(memory, _GB, GIB, "memory")


def _number(text: str, larger: re.Pattern[str], factor: int, name: str) -> int:
    found = larger.fullmatch(text.strip())
    if found:
        return round(float(found.group(1)) * factor)
    if text.strip().isdigit():
        return int(text)
    raise RuleError("ClientException", f"Invalid '{name}' setting for task.")


def check(cpu: int, memory: int) -> None:
    """RuleError for a size that Fargate does not have."""
    if not valid(cpu, memory):
        problem = f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
        raise RuleError(
            "ClientException", f"{problem} See the Amazon ECS documentation for the valid values."
        )
