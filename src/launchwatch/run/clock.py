"""Where the time comes from: the one place that asks the machine for it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return the Unix time, s."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own clock."""

    now = staticmethod(time.time)  # noqa: TID251 - run owns the clock
    sleep = staticmethod(time.sleep)
