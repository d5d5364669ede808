"""How long the machine itself lets a benchmark wait: for a disk that is asked for little, and a sleep's end."""

import os
import threading
import time

import numpy as np

EVERY_S = 0.05
"""Between two looks: a hundredth of a disk's time, and no stall of 100 ms is missed."""
STALL_MS = 50.0
"""A look that took so much too long is a stall: ten times what a write to this kind of disk takes."""


class Stalls(threading.Thread):
    """Writes 4 KiB to a file and waits for the disk, again and again. State: when looks began, how long they took.

    The file grows, as a broker's does. A look is one such write and one short sleep: what of the two was longer
    than due is either the disk's or the processors' (others' work, or the machine's host).
    """

    def __init__(self, folder):
        super().__init__(daemon=True)
        self._file = folder / "stalls"
        self._over = threading.Event()
        self.disk, self.late = [], []

    def run(self):
        handle = os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        while not self._over.is_set():
            begun = time.monotonic()
            os.write(handle, bytes(4096))
            os.fsync(handle)
            written = time.monotonic()
            self.disk.append((begun, 1e3 * (written - begun)))
            self._over.wait(EVERY_S)
            self.late.append((written, 1e3 * (time.monotonic() - written - EVERY_S)))
        os.close(handle)

    def end(self):
        """Stop looking."""
        self._over.set()
        self.join(5.0)

    def within(self, begun, ended):
        """Return whether the machine stalled somewhere in a span (monotonic clock, s)."""
        return any(
            ms >= STALL_MS and at <= ended and at + ms / 1e3 >= begun
            for looks in (self.disk, self.late)
            for at, ms in looks
        )

    def told(self):
        """Return percentiles of both, ms."""
        return {"disk_ms": percentiles(self.disk), "sleep_too_long_ms": percentiles(self.late)}


def percentiles(looks):
    """Return how many looks there were, and how long they took."""
    took = [ms for _, ms in looks]
    p50, p99 = (round(float(np.percentile(took, p)), 1) for p in (50, 99))
    return {"looks": len(took), "p50": p50, "p99": p99, "most": round(max(took), 1)}
