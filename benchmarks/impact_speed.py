"""How long do 50 predicted impacts take? All tracks of a scan in one call, 30 to 500 s before their impact.

    python benchmarks/impact_speed.py [--json FILE]

The tracks are SRBM-700's target followed by the filter of `impact_coverage.py`, on the whole earth (WGS84, J2,
rotation, standard atmosphere), at 50 instants of its flight; the drag's logarithm is known, or known to 0.3 or 0.8
(the tracker's prior). Times are the thread's own (`time.thread_time`), so that other jobs
on the machine are left out; wall-clock times are printed beside them. For comparison the same impacts
by fourteen cubature flights each.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.impact_coverage import BIAS, WholeEarth, as_modes, first_covariance, follow, true_impact, walk
from benchmarks.machine import describe, keep

from launchwatch.estimate.track import impact
from launchwatch.estimate.track.motion import COAST, DRAG, SIZE
from launchwatch.geo.sight import look
from launchwatch.simulate import problems

TRACKS, REPEATS = 50, 1000
SPREADS = {"drag known": 0.0, "ln drag to 0.3": 0.3, "ln drag to 0.8": 0.8}


def tracks(spread):
    """Return modes (50, 5, 13), (50, 5, 13, 13), (50, 5), and the seconds before impact of the first and last."""
    world, env = WholeEarth, WholeEarth.environment.as_array()
    rng, start = np.random.default_rng(problems.FIRST_SEED), WholeEarth.start()
    path = np.empty((problems.SCANS, 6))
    walk(start.copy(), problems.LOG_DRAG, np.zeros((len(path), 6)), env, path)
    seen = np.array([look(x, world.radar, world.axes)[:3] for x in path])
    plots = seen + rng.standard_normal(seen.shape) * np.sqrt(problems.NOISE)
    mean = np.zeros(SIZE + 3)
    mean[:6], mean[DRAG] = start, problems.LOG_DRAG
    means, covariances = follow(mean, first_covariance(world, start, spread, 0.0), plots, world, BIAS)
    left = true_impact(start, problems.LOG_DRAG, env)[1]
    scans = np.linspace(max(left - 500, 5), left - 30, TRACKS).astype(int)
    scans = np.minimum(scans, len(path)) - 1
    out = as_modes(means[scans], covariances[scans])
    return out, (round(left - scans[0] - 1), round(left - scans[-1] - 1))


def timed(call, repeats):
    """Return p50 and p99 (ms) of repeated calls, of the thread and of the clock on the wall."""
    call()
    own, wall = [], []
    for _ in range(repeats):
        a, b = time.thread_time(), time.perf_counter()
        call()
        own.append(time.thread_time() - a)
        wall.append(time.perf_counter() - b)
    return {f"{name}_ms": [round(1e3 * float(v), 3) for v in np.percentile(values, [50, 99])]
            for name, values in (("thread_p50_p99", own), ("wall_p50_p99", wall))}  # fmt: skip


def one_by_one(mean, covariance):
    env, out = WholeEarth.environment.as_array(), np.zeros(impact.COLUMNS)
    for x, p in zip(mean[:, COAST], covariance[:, COAST], strict=True):
        impact.cubature_impact(x, p + 1e-9 * np.eye(len(x)), impact.BALLISTIC, impact.STEERING, env, out)


def measured(mean, covariance, probability):
    one = slice(TRACKS // 2, TRACKS // 2 + 1)
    return {
        "50 ellipses": timed(lambda: impact.predict_many(mean, covariance, probability), REPEATS),
        "1 ellipse": timed(lambda: impact.predict_many(mean[one], covariance[one], probability[one]), REPEATS),
        "50 by cubature": timed(lambda: one_by_one(mean, covariance), REPEATS // 10),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = {"machine": describe(), "tracks": TRACKS, "bar_p99_ms": 5.0, "repeats": REPEATS, "cases": {}}
    for name, spread in SPREADS.items():
        (mean, covariance, probability), left = tracks(spread)
        result["seconds_before_impact"] = left
        assert (impact.predict_many(mean, covariance, probability)[:, impact.BALLISTIC, impact.SHARE] > 0).all()
        result["cases"][name] = measured(mean, covariance, probability)
        print(name, json.dumps(result["cases"][name]), flush=True)
    keep(result, args.json)


if __name__ == "__main__":
    main()
