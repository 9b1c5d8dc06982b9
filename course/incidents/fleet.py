"""Lambda's side of the simulation: settings of the functions and their execution environments.

Rules (AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle" and
"Understanding Lambda function scaling"): an environment serves one invocation at a time, is reused
while it is warm and belongs to one version; a request that finds none free starts a new one (a cold
start) or, at the reserved concurrency, is refused. Lambda does not document how long an idle
environment lives: here 6 to 14 minutes. Left out: the suppressed re-initialisation after a timeout
or a crash; such an environment is simply never used again.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from course.incidents.seeds import hexadecimal
from course.incidents.times import MINUTE, day


@dataclass(frozen=True)
class Settings:
    """How a function is configured and how it usually behaves. memory in MB, times in ms.

    used: the memory that it usually uses; cpu: its own median time; init: its median cold start.
    """

    memory: int
    timeout: int
    log_format: str
    traced: bool
    cpu: float
    used: int
    init: float
    version: int
    reserved: int | None = None
    system_level: str | None = None


# Five of seven write text, Lambda's default; JSON has to be chosen ("Configuring JSON and plain
# text log formats"), so it is the newer functions that have it. Only `checkout` asks for the DEBUG
# level of system logs, at which successful platform.runtimeDone records appear ("Log level
# filtering").
# `search` and `receipt` have far more memory than they use; nobody has looked since their launch.
SETTINGS: dict[str, Settings] = {
    "checkout": Settings(512, 10_000, "JSON", True, 55, 148, 680, 118, system_level="DEBUG"),
    "payment": Settings(256, 3_000, "Text", True, 110, 168, 420, 41),
    "inventory": Settings(128, 5_000, "Text", True, 24, 79, 260, 63),
    "cart": Settings(256, 5_000, "JSON", False, 31, 118, 340, 207, system_level="INFO"),
    "search": Settings(1024, 5_000, "Text", False, 38, 139, 510, 88, reserved=2),
    "receipt": Settings(512, 15_000, "Text", False, 210, 92, 390, 25),
    "order_worker": Settings(512, 30_000, "Text", True, 48, 131, 450, 34),
}


@dataclass
class Environment:
    """One execution environment; its log stream is named when it starts."""

    version: int
    stream: str
    lifetime: float
    free_at: float = 0.0
    uses: int = 0
    dead: bool = False


class Fleet:
    """The environments of one function."""

    def __init__(self, settings: Settings, rng: Random) -> None:
        self.settings = settings
        self._rng = rng
        self._environments: list[Environment] = []

    def acquire(self, time: float, version: int) -> tuple[Environment | None, float | None]:
        """An environment and its initialisation time, None when it is warm.

        No environment: the request is throttled.
        """
        self._environments = [
            item for item in self._environments if self._alive(item, time, version)
        ]
        free = [item for item in self._environments if item.free_at <= time]
        if free:
            return max(free, key=lambda item: item.free_at), None
        if self.settings.reserved is not None and len(self._environments) >= self.settings.reserved:
            return None, None
        return self._start(time, version)

    def _alive(self, item: Environment, time: float, version: int) -> bool:
        busy = item.free_at > time
        return busy or (
            not item.dead and item.version == version and time - item.free_at < item.lifetime
        )

    def _start(self, time: float, version: int) -> tuple[Environment, float]:
        stream = f"{day(time)}/[{version}]{hexadecimal(self._rng, 32)}"
        environment = Environment(version, stream, self._rng.uniform(6, 14) * MINUTE)
        self._environments.append(environment)
        init = round(self.settings.init * self._rng.lognormvariate(0, 0.18), 2)
        return environment, init
