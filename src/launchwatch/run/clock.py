"""Where the time comes from: the one place that asks the machine for it."""

import time
from typing import Protocol

from launchwatch.basis.errors import InputError


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


class PacedClock:
    """A clock for replays and drills: from `origin_s` on it goes `speed` times as fast as the machine's.

    `machine_origin_s` is the machine's Unix time at which it shows `origin_s`: processes that are given the same
    three numbers agree.
    """

    def __init__(
        self, origin_s: float, machine_origin_s: float, speed: float, machine: Clock | None = None
    ) -> None:
        if not 0 < speed <= MOST_SPEED:
            raise InputError("speed of a clock", given=speed, allowed=f"above 0, at most {MOST_SPEED:g} times")
        self.origin_s, self.machine_origin_s, self.speed = origin_s, machine_origin_s, speed
        self._machine = machine or SystemClock()

    def now(self) -> float:
        """Return the Unix time that it shows, s."""
        return self.origin_s + (self._machine.now() - self.machine_origin_s) * self.speed

    def sleep(self, seconds: float) -> None:
        """Let so much of its own time pass."""
        self._machine.sleep(seconds / self.speed)


MOST_SPEED = 1000.0
"""Beyond it a millisecond of the machine, which no process promises to keep, is a second of a drill."""
