"""The clock of drills."""

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.run.clock import PacedClock
from launchwatch.run.node_settings import NodeSettings, PaceSettings, clock_of


class _Machine:
    def __init__(self):
        self.time_s = 100.0

    def now(self):
        return self.time_s

    def sleep(self, seconds):
        self.time_s += seconds


def test_a_paced_clock_goes_faster_than_the_machine():
    """Ten times as fast: a second of the machine is ten, and ten seconds of sleep take one."""
    machine = _Machine()
    clock = PacedClock(5000.0, 100.0, 10.0, machine)
    assert clock.now() == 5000.0
    clock.sleep(10.0)
    assert machine.time_s == 101.0
    assert clock.now() == 5010.0


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e9, float("nan")])
def test_an_absurd_speed_is_refused(speed):
    """A clock that stands still, goes back or jumps is none."""
    with pytest.raises(InputError, match="speed"):
        PacedClock(0.0, 0.0, speed)


def test_a_live_node_cannot_live_by_a_drill_s_clock():
    """What is real happens by the machine's own clock."""
    pace = PaceSettings(origin_utc="2026-01-15T01:00:00Z", machine_origin_utc="2026-01-15T01:00:00Z", speed=10)
    with pytest.raises(InputError, match="live"):
        clock_of(NodeSettings(name="JP", realm="live", pace=pace))
