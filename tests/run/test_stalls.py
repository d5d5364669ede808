"""What came late while the machine itself stalled is told apart from what did not."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from sharing import latency_figures
from stalls import STALL_MS, Stalls


def test_late_plots_are_laid_to_stalls_that_touch_them(tmp_path):
    """Three plots of 200 ms: one within a stall of the disk, one after it, one while a sleep was too long."""
    stalls = Stalls(tmp_path)
    stalls.disk = [(9.0, 1.0), (10.05, 2 * STALL_MS)]
    stalls.late = [(30.1, STALL_MS), (40.0, 0.5)]
    found = latency_figures([(10.0, 10.2), (20.0, 20.2), (30.0, 30.2), (40.0, 40.02)], stalls)
    assert (found["count"], found["late"], found["late_while_the_machine_stalled"]) == (4, 3, 2)
    assert found["most"] == 200.0
    assert found["machine"]["disk_ms"] == {"looks": 2, "p50": 50.5, "p99": 99.0, "most": 100.0}
