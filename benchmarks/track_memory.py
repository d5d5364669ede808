"""Does the memory of the tracking stay flat while 64 objects are watched ten times a second.

    python benchmarks/track_memory.py --minutes 30 --json benchmarks/results/track_memory.json
    python benchmarks/track_memory.py --launches 8 --minutes 12         # a quick look

The watch of a node's `track` process, without its sockets and its log, in one process and as fast as it goes:
waves of launches as in `benchmarks/load.py`, whose objects end and are replaced every 680 s, are decoded, put in
order, tracked and told of every 5 s. Each 20 s of data it is noted how many updates its tracks hold, in how many
checkpoints of the lag, and how much memory the process has of its own. The slope is fitted after the first wave's
first third.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.load import WAVE_S, resident_mb, write_waves
from benchmarks.machine import describe, report

from launchwatch.basis.instants import parse_instant
from launchwatch.feeds.pcap import Received
from launchwatch.run.clock import SystemClock
from launchwatch.run.context import Settings, new_context
from launchwatch.run.opening import feed_fact
from launchwatch.run.watching import Terms, Watcher, _seldom_collecting

SAMPLED_S, PIECE_S = 20.0, 0.1
BEGIN_S = 1.75e9
WARMED_S = WAVE_S / 3.0


class Timed(msgspec.Struct):
    """The time of a line that has one."""

    time_utc: str | None = None


def pieces(path):
    """Yield time (s) and lines of each tenth of a second of a recording."""
    until, lines, when = -math.inf, [], msgspec.json.Decoder(Timed)
    with path.open("rb") as recording:
        for line in recording:
            said = when.decode(line).time_utc
            time_s = parse_instant(said) - BEGIN_S if said else 0.0
            if time_s > until:
                yield until, b"".join(lines)
                until, lines = time_s + PIECE_S, []
            lines.append(line)
    yield until, b"".join(lines)


def record(path, launches, hz, seconds, seed):
    """Write the recording from another process: what simulating takes is not the tracking's."""
    given = (path, launches, hz, BEGIN_S, seconds, np.random.default_rng(seed))
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(write_waves, given)


def held(watcher):
    """Return how many tracks live, the updates that they hold, those of ended ones, and checkpoints."""
    state = watcher.ordering.tracker
    live = [len(track.history) for track in state.living]
    return {
        "live": len(live), "updates": sum(live), "most_of_one": max(live, default=0),
        "ended_updates": sum(len(track.history) for track in state.tracks if not track.live),
        "checkpoints": len(watcher.ordering.checkpoints),
    }  # fmt: skip


def run(path):
    """Return samples over the data's time, and how long it took."""
    clock = SystemClock()
    context = new_context(Settings(), as_of_utc="2025-06-15T00:00:00Z")
    watcher = Watcher(feed_fact("benchmark", context), context, Terms(posterior=False, keep=False), clock)
    samples, sampled, begun = [], SAMPLED_S, time.monotonic()
    with _seldom_collecting(), watcher._back:
        for at_s, lines in pieces(path):
            watcher.take(Received(None, lines))
            if at_s >= sampled:
                sampled += SAMPLED_S
                watcher.rest()
                own_mb = round(resident_mb(os.getpid())[1], 1)
                samples.append({"s": round(at_s), **held(watcher), "own_mb": own_mb})
                print(samples[-1], f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    return samples, time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=64)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plots.ndjson"
        plots = record(path, arguments.launches, arguments.hz, 60.0 * arguments.minutes, arguments.seed)
        samples, seconds = run(path)
    late = [one for one in samples if one["s"] >= WARMED_S]
    slope = None
    if len(late) > 3:
        slope = np.polyfit([one["s"] for one in late], [one["own_mb"] for one in late], 1)[0] * 3600.0
    found = {
        "plots": plots, "seconds": round(seconds, 1), "most_mb": max(one["own_mb"] for one in samples),
        "slope_mb_per_h": None if slope is None else round(float(slope), 1),
        "most_updates": max(one["updates"] for one in samples),
        "most_updates_of_one": max(one["most_of_one"] for one in samples), "samples": samples,
    }  # fmt: skip
    given = {"launches": arguments.launches, "hz": arguments.hz, "minutes": arguments.minutes}
    report({"benchmark": "track_memory", **given, **found, **describe()}, arguments.json)


if __name__ == "__main__":
    main()
