"""Sustained replay: 50 targets and 20 false plots a scan through decoding, ordering, tracking and logging.

    python benchmarks/replay.py --plots 200000 --json benchmarks/results/replay.json
    python benchmarks/replay.py --plots 10000000 --json benchmarks/results/replay-10m.json
    python benchmarks/replay.py --plots 1000000 --no-tracker     # everything but the tracker

Fifty objects are always in view of one radar (1 Hz, 30 m, 0.1 degree, detection probability 0.95, above 2
degrees): flights of about 700 km on the rotating WGS84 earth, launched within 20 km of one another, each followed
by another when it sinks; 20 false plots a scan within 1.5 degrees and 10 km of a true one. The feed is made as it
is read, and the time that making it takes is left out; everything else counts: decoding from bytes, putting in
order within 30 s, the tracker with its modes and the whole life of a track, one block fact a scan and every
state, track and refusal into the hash-chained log. Launch and fall of the tracks that end (`watch --brief`) are
not estimated. Resident memory is read every 5,000 scans; the slope is fitted after the first tenth (or 500,000
plots, whichever is less), when tables and buffers have reached their size.
"""

import argparse
import json
import math
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import describe, keep

from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Evidence, Sensor, recording_line
from launchwatch.feeds.pcap import Received
from launchwatch.flight.parameters import PathParameters
from launchwatch.flight.propagation import IMPACT_TIME, fly_path
from launchwatch.geo.sight import look
from launchwatch.keep import EvidenceLog
from launchwatch.run.context import Settings, new_context
from launchwatch.run.watching import SystemClock, Terms, Watcher
from launchwatch.simulate.sensing import sensor_place

START_S = 1_762_486_500.0
TARGETS, FALSE_PLOTS, DETECTED = 50, 20, 0.95
LIBRARY = 200
RADAR = Sensor(
    id="R", kind="radar", lat_deg=38.0, lon_deg=128.4, height_m=300.0, sigma_range_m=30.0, sigma_azimuth_deg=0.1,
    sigma_elevation_deg=0.1, scan_s=1.0, horizon_deg=2.0, max_elevation_deg=85.0, max_range_m=800_000.0,
    detection_probability=DETECTED, false_plots_per_scan=FALSE_PLOTS,
)  # fmt: skip
PIECE_SCANS = 5  # scans in one piece of the feed, about 64 KiB


def flights(rng):
    """Return what the radar would see of each flight, once a second above 2 degrees: arrays (seconds, 3)."""
    position, enu = sensor_place(RADAR)
    found = []
    while len(found) < LIBRARY:
        path = PathParameters(
            launch_lat_rad=math.radians(37.0 + rng.uniform(-0.18, 0.18)),
            launch_lon_rad=math.radians(122.8 + rng.uniform(-0.22, 0.22)),
            azimuth_rad=math.radians(88.0 + rng.uniform(-3, 3)),
            launch_height_m=0.0,
            vertical_time_s=5.0,
            pitch_time_s=25.0,
            pitch_rad=math.radians(57.0),
            burn_times_s=(70.0,),
            accelerations_m_s2=(26.0 * rng.uniform(0.98, 1.02),),
            propellant_fractions=(0.7,),
            ballistic_coefficient_kg_m2=5000.0,
        )
        _, outcome = fly_path(path.as_row(), np.empty(0))
        states, _ = fly_path(path.as_row(), np.arange(1.0, outcome[IMPACT_TIME]))
        seen = np.array([look(np.ascontiguousarray(state[:6]), position, enu)[:3] for state in states])
        above = np.flatnonzero(seen[:, 2] > math.radians(2.0))
        found.append(seen[above[0] : above[-1]])
    return found


class Feed:
    """The scenario as a source of bytes; `making_s` is the time spent in making it."""

    origin = "replay"
    lost = 0

    def __init__(self, plots, seed=1):
        self.rng = np.random.default_rng(seed)
        self.library = flights(self.rng)
        self.which = self.rng.integers(LIBRARY, size=TARGETS)
        self.since = [int(self.rng.integers(len(self.library[w]))) for w in self.which]
        self.wanted, self.made, self.scan = plots, 0, 0
        self.making_s = self.making_cpu_s = 0.0
        self.over = False
        self.memory, self.busy = [], []

    def receive(self, _wait_s):
        begun, cpu = time.perf_counter(), time.process_time()
        if self.made >= self.wanted:
            self.over = True
            return None
        lines = [] if self.scan else [recording_line(RADAR)]
        lines += [self.one_scan() for _ in range(PIECE_SCANS)]
        if self.scan % 5000 < PIECE_SCANS:
            self.memory.append((self.made, resident_mib()))
            self.busy.append((self.made, begun - self.making_s))
        self.making_s += time.perf_counter() - begun
        self.making_cpu_s += time.process_time() - cpu
        return Received(None, b"".join(lines))

    def one_scan(self):
        rng = self.rng
        for slot in range(TARGETS):
            self.since[slot] += 1
            if self.since[slot] >= len(self.library[self.which[slot]]):
                self.which[slot], self.since[slot] = rng.integers(LIBRARY), 0
        true = np.array([self.library[w][s] for w, s in zip(self.which, self.since, strict=True)])
        false = true[rng.integers(TARGETS, size=FALSE_PLOTS)] + rng.uniform(-1, 1, (FALSE_PLOTS, 3)) * [
            10e3, math.radians(1.5), math.radians(1.5),
        ]  # fmt: skip
        false[:, 2] = np.maximum(false[:, 2], math.radians(1.8))
        noisy = true + rng.normal(size=true.shape) * [30.0, math.radians(0.1), math.radians(0.1)]
        rows = np.concatenate([noisy[rng.random(TARGETS) < DETECTED], false])
        rows[:, 1:] = np.degrees(rows[:, 1:])
        time_utc = format_instant(START_S + self.scan)
        text = "".join(
            f'{{"type":"plot","id":"{self.scan}-{i}","sensor":"R","time_utc":"{time_utc}","range_m":{r:.2f},'
            f'"azimuth_deg":{a % 360:.5f},"elevation_deg":{e:.5f}}}\n'
            for i, (r, a, e) in enumerate(rows.tolist())
        )
        self.scan += 1
        self.made += len(rows)
        return text.encode()

    def close(self):
        pass


def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def without_tracker():
    """Put a tracker that does nothing in the real one's place."""
    from launchwatch.estimate.track import ordering, tracker

    ordering.tracker.step = lambda *_: None
    assert tracker.step is ordering.tracker.step


def slope(memory, after):
    """Return MiB of resident memory per million plots, fitted after so many plots, with its standard error."""
    rows = np.array([row for row in memory if row[0] >= after])
    if len(rows) < 4:
        return None, None
    (gain, _), covariance = np.polyfit(rows[:, 0] / 1e6, rows[:, 1], 1, cov=True)
    return float(gain), float(math.sqrt(covariance[0, 0]))


def pace(busy):
    """Return plots a second from each look at memory to the next."""
    rows = np.diff(np.array(busy), axis=0)
    return [round(float(plots / seconds)) for plots, seconds in rows] if len(rows) else []


def run(plots, folder, every_s):
    feed = Feed(plots)
    context = new_context(Settings(), as_of_utc=format_instant(START_S))
    evidence = Evidence(
        id=content_id("evidence", "replay"), kind="feed", origin="replay", sha256=sha256_hex(b""), size_bytes=0,
        received_utc=context.as_of_utc, provenance=context.provenance("benchmark"),
    )  # fmt: skip
    log = Path(folder) / "replay.db"
    ended = [0]
    terms = Terms(every_s=every_s, posterior=False, keep=False)
    with EvidenceLog(log, writable=True) as opened:
        watcher = Watcher(
            evidence, context, terms, SystemClock(), append=opened.append,
            tell=lambda news: ended.__setitem__(0, ended[0] + (type(news).__name__ == "Ended")),
        )  # fmt: skip
        begun, cpu = time.perf_counter(), time.process_time()
        done = watcher.run(feed)
        wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
        rows = opened.head.rows
    size = log.stat().st_size
    gain, error = slope(feed.memory, min(plots / 10, 500_000))
    busy = wall - feed.making_s
    return {
        "plots": done.plots,
        "refused": done.refused,
        "scans": feed.scan,
        "tracks": ended[0],
        "wall_s": wall,
        "making_the_feed_s": feed.making_s,
        "cpu_s": cpu,
        "making_the_feed_cpu_s": feed.making_cpu_s,
        "plots_per_s": done.plots / busy,
        "plots_per_cpu_s": done.plots / (cpu - feed.making_cpu_s),
        "plots_per_s_between_looks_at_memory": pace(feed.busy),
        "ms_per_scan": 1e3 * busy / feed.scan,
        "cpu_ms_per_scan": 1e3 * (cpu - feed.making_cpu_s) / feed.scan,
        "log_rows": rows,
        "log_mib": size / 2**20,
        "resident_mib": [[int(n), round(mib, 1)] for n, mib in feed.memory],
        "slope_mib_per_million_plots": gain,
        "slope_standard_error": error,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plots", type=int, default=200_000)
    parser.add_argument("--every", type=float, default=math.inf, help="seconds between a track's told states")
    parser.add_argument("--no-tracker", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.no_tracker:
        without_tracker()
    with tempfile.TemporaryDirectory() as folder:
        if options.profile:
            import cProfile
            import pstats

            profile = cProfile.Profile()
            result = profile.runcall(run, options.plots, folder, options.every)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        else:
            result = run(options.plots, folder, options.every)
    result = {"machine": describe("apsw", "msgspec"), "tracker": not options.no_tracker, **result}
    shown = {
        key: value
        for key, value in result.items()
        if key not in ("resident_mib", "machine", "plots_per_s_between_looks_at_memory")
    }
    print(json.dumps(shown, indent=1))
    keep(result, options.json)


if __name__ == "__main__":
    main()
