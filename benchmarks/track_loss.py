"""Are tracks lost in clutter? Ten targets, detection probability 0.95, 20 false plots a scan, 100 salvos.

    python benchmarks/track_loss.py [--runs 100] [--targets 10] [--json FILE]

The tracker is told of no target. After 60 scans of an SRBM-700 salvo every target must have a confirmed track that
followed it: it is lost if none is within 3 km of it, or if the track that is nearest to it now was nearest to
another target 20 scans before (a swap). Also counted: confirmed tracks of nothing, and targets with more than
one.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from benchmarks.peer_speed import SCANS, looks_of

from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.motion import law
from launchwatch.simulate import problems

LOST_M = 3000.0
BEFORE = 20
FIRST_SEED = 1000


def pairs(places, truth):
    """Return for each target (t,) the row of the track assigned to it, or -1 where none is within LOST_M."""
    out = np.full(len(truth), -1)
    if len(places):
        away = np.linalg.norm(places[:, None] - truth[None], axis=2)
        rows, targets = linear_sum_assignment(np.minimum(away, 1e6))
        near = away[rows, targets] <= LOST_M
        out[targets[near]] = rows[near]
    return out


def judge(run, forces):
    """Return the counts of one salvo: lost, swapped, false, double."""
    state = tracker.start(forces)
    named = {}
    for k, look in enumerate(looks_of(run)):
        tracker.step(state, look)
        if k in (SCANS - BEFORE - 1, SCANS - 1):
            tracks = [track for track in state.confirmed if track.status == "confirmed"]
            places = np.array([track.history[-1].mean[:3] for track in tracks]).reshape(-1, 3)
            row = pairs(places, run.truth[:, k, :3])
            named[k] = np.array([tracks[i].number if i >= 0 else -1 for i in row])
    away = np.linalg.norm(places[:, None] - run.truth[None, :, -1, :3], axis=2)
    nowhere = away.min(axis=1) > LOST_M
    old, new = named[SCANS - BEFORE - 1], named[SCANS - 1]
    swapped = sum(1 for target, number in enumerate(new) if number >= 0 and number in np.delete(old, target))
    return {
        "lost": int((new < 0).sum()),
        "swapped": swapped,
        "confirmed tracks of nothing": int(nowhere.sum()),
        "tracks beyond one a target": int(len(tracks) - nowhere.sum() - (new >= 0).sum()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--targets", type=int, default=10)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    forces = law(problems.ENVIRONMENT, substep_s=problems.SUBSTEP_S)
    totals = {}
    for i in range(args.runs):
        counts = judge(problems.many_targets(args.targets, SCANS, FIRST_SEED + i), forces)
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
        if any(counts.values()):
            print(FIRST_SEED + i, counts, flush=True)
    tracks = args.runs * args.targets
    bad = totals["lost"] + totals["swapped"]
    result = {
        "machine": describe("scipy"),
        "salvos": args.runs,
        "tracks": tracks,
        **totals,
        "upper 95 % bound of the share lost or swapped": round(float(beta.ppf(0.95, bad + 1, tracks - bad)), 5),
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
