"""How fast are the measures? GOSPA and OSPA of 40 tracks over 30,000 steps, and Stone Soup's in the same process.

    python benchmarks/measures.py [--tracks 40] [--steps 30000] [--peer-steps 30] [--json FILE]

Objects move straight with errors of 100 m; at each step one track in twenty is missing and each of two false ones
is there once in twenty times; cutoff 1 km, order 2. The peer's GOSPAMetric and OSPAMetric run on the first steps
only; the ratio is of times per step, its GOSPA alone against both of ours, and the values of both programs are
compared there. NEES of all states is timed beside it. Times are of the processor, not of the clock on the wall.
"""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.simulate.scoring import normalized_squared, set_errors

CUTOFF_M, ORDER = 1000.0, 2
START = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(tracks, steps, rng):
    """Return objects and tracks (steps, n, 3), m; NaN where a track is missing."""
    speed = rng.normal(0, 300.0, (tracks, 3))
    first = rng.uniform(-50e3, 50e3, (tracks, 3))
    objects = first + np.arange(steps)[:, None, None] * speed
    seen = objects + rng.normal(0, 100.0 / np.sqrt(3), objects.shape)
    strays = rng.random((steps, tracks))
    seen[strays < 0.05] = np.nan
    false = np.full((steps, max(tracks // 20, 1), 3), np.nan)
    shown = rng.random(false.shape[:2]) < 0.05
    false[shown] = rng.uniform(-50e3, 50e3, (int(shown.sum()), 3))
    return objects, np.concatenate([seen, false], axis=1)


def timed(function):
    start = time.thread_time()
    result = function()
    return result, time.thread_time() - start


def peer(objects, tracks):
    """Return Stone Soup's GOSPA and OSPA per step, and their seconds; None where it is not installed."""
    try:
        from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
        from stonesoup.types.state import State
    except ImportError:
        return None
    clock = [START + timedelta(seconds=k) for k in range(len(objects))]
    truth = [State(row, timestamp=t) for t, rows in zip(clock, objects, strict=True) for row in rows]
    found = [
        State(row, timestamp=t)
        for t, rows in zip(clock, tracks, strict=True)
        for row in rows[np.isfinite(rows[:, 0])]
    ]
    ids = [0] * len(found), [0] * len(truth)
    gospa = GOSPAMetric(p=ORDER, c=CUTOFF_M)
    ospa = OSPAMetric(p=ORDER, c=CUTOFF_M)
    one, gospa_s = timed(lambda: gospa.compute_over_time(found, ids[0], truth, ids[1]))
    other, ospa_s = timed(lambda: ospa.compute_over_time(found, ids[0], truth, ids[1]))
    values = np.array([metric.value["distance"] for metric in one.value])
    return {
        "gospa": values,
        "ospa": np.array([m.value for m in other.value]),
        "gospa_s": gospa_s,
        "ospa_s": ospa_s,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=40)
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--peer-steps", type=int, default=30)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    objects, tracks = drawn(given.tracks, given.steps, rng)
    set_errors(objects[:10], tracks[:10], cutoff=CUTOFF_M)
    ours, seconds = timed(lambda: set_errors(objects, tracks, cutoff=CUTOFF_M, order=ORDER))
    n = given.tracks * given.steps
    errors = rng.normal(size=(n, 6)) * ([100.0] * 3 + [1.0] * 3)
    covariance = np.broadcast_to(np.diag([1e4] * 3 + [1.0] * 3), (n, 6, 6))
    nees, nees_s = timed(lambda: normalized_squared(errors, covariance))
    result = {
        "machine": describe("scipy", "stonesoup"),
        "tracks": given.tracks,
        "steps": given.steps,
        "gospa_and_ospa_s": round(seconds, 3),
        "gospa_and_ospa_us_per_step": round(1e6 * seconds / given.steps, 1),
        "nees_states": len(nees),
        "nees_s": round(nees_s, 3),
    }
    theirs = peer(objects[: given.peer_steps], tracks[: given.peer_steps])
    if theirs is not None:
        per_step = theirs["gospa_s"] / given.peer_steps
        first = slice(given.peer_steps)
        result["stone_soup"] = {
            "steps": given.peer_steps,
            "gospa_ms_per_step": round(1e3 * theirs["gospa_s"] / given.peer_steps, 2),
            "ospa_ms_per_step": round(1e3 * theirs["ospa_s"] / given.peer_steps, 2),
            "gospa_of_the_whole_run_min": round(per_step * given.steps / 60, 1),
            "largest_gospa_difference_m": float(f"{np.abs(theirs['gospa'] - ours.gospa[first]).max():.3g}"),
            "largest_ospa_difference_m": float(f"{np.abs(theirs['ospa'] - ours.ospa[first]).max():.3g}"),
        }
        result["times_faster_than_stone_soup"] = round(per_step / (seconds / given.steps), 1)
    report(result, given.json)


if __name__ == "__main__":
    main()
