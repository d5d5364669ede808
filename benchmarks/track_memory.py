"""Does the memory of the tracking stay flat while 64 objects are watched ten times a second.

    python benchmarks/track_memory.py --minutes 30 --json benchmarks/results/track_memory.json
    python benchmarks/track_memory.py --launches 8 --minutes 12         # a quick look
    python benchmarks/track_memory.py --launches 32 --wave-s 240 --watched-s 120 --minutes 24   # six short waves

The watch of a node's `track` process, without its sockets and its log, in one process and as fast as it goes:
waves of launches as in `benchmarks/load.py`, whose objects end and are replaced every 680 s, are decoded, put in
order, tracked and told of every 5 s; what is open is tracked where the recording pauses, as a node does. Each 20 s
of data it is noted how many updates its tracks hold, in how many checkpoints of the lag, how much memory the
process has of its own, and what the C library's allocator says of it: what is in use, and what is free but not
given back. If the first is flat from wave to wave nothing is retained, whatever the process's own memory does.
The slope is fitted after the first wave's first third; of each wave the median of its samples is told.
"""

import argparse
import ctypes
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
from launchwatch.run.feeding import Fed, Feeds
from launchwatch.run.node_settings import FeedSettings
from launchwatch.run.opening import feed_fact
from launchwatch.run.tracking import COMMIT_S, NodeWatch
from launchwatch.run.watching import Terms, _seldom_collecting

SAMPLED_S, PIECE_S = 20.0, 0.1
BEGIN_S = 1.75e9


class _Heap(ctypes.Structure):
    """The C library's `struct mallinfo2`."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks",
                     "keepcost")
    ]  # fmt: skip


def heap_mb():
    """Return MB in use and MB free in all arenas of glibc; none elsewhere."""
    try:
        info = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return {}
    info.restype = _Heap
    found = info()
    return {
        "used_mb": round((found.uordblks + found.hblkhd) / 2**20, 1),
        "free_mb": round(found.fordblks / 2**20, 1),
    }


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


def record(path, launches, hz, seconds, seed, wave_s, watched_s):
    """Write the recording from another process: what simulating takes is not the tracking's."""
    given = (path, launches, hz, BEGIN_S, seconds, np.random.default_rng(seed), wave_s, watched_s)
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


class _Pieces:
    """A file's source whose pieces are given by hand."""

    over, lost = False, 0

    def receive(self, _wait_s):
        return None

    def close(self):
        pass


def node_watch():
    """Return the watch of a node that replays one recording, as fast as it goes, and logs nowhere."""
    clock = SystemClock()
    context = new_context(Settings(), as_of_utc="2025-06-15T00:00:00Z")
    evidence = feed_fact("benchmark", context)
    fed = Fed(FeedSettings(source="plots.ndjson"), evidence, in_datagrams=False, is_file=True, source=_Pieces())
    terms = Terms(posterior=False, keep=False, commit_s=COMMIT_S)
    return NodeWatch(Feeds([fed], clock, lambda *_: None), context, terms, clock, append=lambda _: 0)


def run(path):
    """Return samples over the data's time, and how long it took."""
    watcher = node_watch()
    samples, sampled, begun = [], SAMPLED_S, time.monotonic()
    with _seldom_collecting(), watcher._back:
        for at_s, lines in pieces(path):
            watcher.take(Received(None, lines))
            if at_s >= sampled:
                sampled = SAMPLED_S * (math.floor(at_s / SAMPLED_S) + 1)
                watcher.rest()
                memory = {"own_mb": round(resident_mb(os.getpid())[1], 1), **heap_mb()}
                samples.append({"s": round(at_s), **held(watcher), **memory, "blocks": sys.getallocatedblocks()})
                print(samples[-1], f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    return samples, time.monotonic() - begun


def by_wave(samples, wave_s):
    """Return of each wave the medians of what memory came to."""
    waves = {}
    for one in samples:
        waves.setdefault(int(one["s"] // wave_s), []).append(one)
    names = [name for name in ("own_mb", "used_mb", "free_mb", "blocks") if name in samples[0]]
    return [
        {name: round(float(np.median([one[name] for one in wave])), 1) for name in names}
        for wave in waves.values()
    ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=64)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--wave-s", type=float, default=WAVE_S)
    parser.add_argument("--watched-s", type=float, help="how long of each wave is watched; 20 s less than it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    wave_s, seconds_s = arguments.wave_s, 60.0 * arguments.minutes
    watched_s = arguments.watched_s or wave_s - 20.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plots.ndjson"
        plots = record(path, arguments.launches, arguments.hz, seconds_s, arguments.seed, wave_s, watched_s)
        samples, seconds = run(path)
    late = [one for one in samples if one["s"] >= wave_s / 3.0]
    slope = None
    if len(late) > 3:
        slope = np.polyfit([one["s"] for one in late], [one["own_mb"] for one in late], 1)[0] * 3600.0
    found = {
        "plots": plots, "seconds": round(seconds, 1), "most_mb": max(one["own_mb"] for one in samples),
        "slope_mb_per_h": None if slope is None else round(float(slope), 1), "waves": by_wave(samples, wave_s),
        "most_updates": max(one["updates"] for one in samples),
        "most_updates_of_one": max(one["most_of_one"] for one in samples), "samples": samples,
    }  # fmt: skip
    given = {"launches": arguments.launches, "hz": arguments.hz, "minutes": arguments.minutes}
    given |= {"wave_s": wave_s, "watched_s": watched_s}
    report({"benchmark": "track_memory", **given, **found, **describe()}, arguments.json)


if __name__ == "__main__":
    main()
