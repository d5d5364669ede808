"""Speed and accuracy of the tracker against Stone Soup in the same run, on SRBM-700 and its salvos.

    python benchmarks/peer_speed.py [--runs 3] [--seeds 5] [--peer-seeds 2] [--json FILE]

1. One extended Kalman update: Stone Soup's against the tracker's own prediction and update (`ekf_run`) with the
   problem's forces (sphere, exponential air, drag known), and with the full forces (WGS84, rotation, J2, standard
   atmosphere, drag estimated).
2. One update of a track with all five modes kept alive.
3. 50 targets with 20 false plots a scan, 60 scans: the tracker with its whole life cycle (it is told of no target)
   against Stone Soup's GNN and JPDA, whose tracks are given at the start; GOSPA (c = 3 km, p = 2) over scans 11
   to 60. For GOSPA alone the tracker runs a second time, told of the targets as its peers are.
4. 200 targets with 20 false plots: the tracker alone.

The 60 scans begin with all targets unknown: a tenth of them are spent on starting tracks. `whole flight` are 440
scans of one salvo, from the first plots to a minute before the fall.

Times are CPU seconds of the thread after everything is compiled: other programs' share of the processor is not in
them, that of its caches is. Both sides get the same plots.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.compiled import kernel
from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.bank import Bank, Scan
from launchwatch.estimate.track.filtering import apply_scan
from launchwatch.estimate.track.following import ekf_run
from launchwatch.estimate.track.measuring import RADAR
from launchwatch.estimate.track.motion import COAST, DRAG, LAW, PRIORS, SIZE, Law, law
from launchwatch.estimate.track.sensors import Look, SensorModel
from launchwatch.flight.environment import EARTH
from launchwatch.geo.sight import look as sight
from launchwatch.simulate import problems

SCANS, SETTLED, FLIGHT = 60, 10, 440
FALSE_HALF_WIDTH = np.array([10e3, math.radians(1.5), math.radians(1.5)])
PROBLEM_NOISE = np.zeros_like(LAW.noise)
PROBLEM_NOISE[COAST, 0] = problems.ACCELERATION_DENSITY
PROBLEM_LAW = law(problems.ENVIRONMENT, PROBLEM_NOISE, problems.SUBSTEP_S)
FULL_LAW = law(EARTH)
"""As the tracker runs: steps of 1 s."""
FIVE_MODES_HEIGHT_M = 60e3  # nothing glides above 80 km: there the mode is left out
SAME_STEP_LAW = law(EARTH, substep_s=problems.SUBSTEP_S)
LOG_DRAG_SIGMA = 0.5


def radar_model(targets):
    """Return SRBM-700's radar, told of the density of false plots around the targets."""
    return SensorModel(
        id="radar", kind=RADAR, position=problems.RADAR, enu=problems.AXES, noise=problems.NOISE,
        limits=np.array([math.radians(0.5), math.pi / 2, 0.0, 2 * math.pi, 1e6]),
        spans=np.array([1e6, 2 * math.pi, math.pi / 2]),
        clutter=problems.FALSE_PLOTS / float(np.prod(2 * FALSE_HALF_WIDTH)) / targets,
        detection_probability=problems.DETECTION_PROBABILITY, scan_s=problems.SCAN_S,
    )  # fmt: skip


def looks_of(run):
    model = radar_model(len(run.mean))
    return [
        Look(
            model, k + 1.0, np.full(len(plots), k + 1.0), plots, tuple(f"{k}-{i}" for i in range(len(plots))), None
        )
        for k, plots in enumerate(run.scans)
    ]


def first_moments(run, drag_sigma):
    mean, covariance = np.zeros(SIZE), np.zeros((SIZE, SIZE))
    mean[:6], mean[7] = run.mean, problems.LOG_DRAG
    covariance[:6, :6] = run.covariance
    covariance[7, 7] = drag_sigma**2
    return mean, covariance


def time_extended(run, forces: Law, drag_sigma, repeats=20):
    """Return CPU seconds an update, the best of `repeats`, and the position errors (k,), m."""
    scans = len(run.plots)
    mean, covariance = first_moments(run, drag_sigma)
    means, covariances, nis = np.empty((scans, SIZE)), np.empty((scans, SIZE, SIZE)), np.empty(scans)
    times = np.arange(scans + 1.0)
    spent = []
    for _ in range(repeats + 1):
        begin = time.thread_time()
        ekf_run(
            mean, covariance, COAST, times, run.plots, problems.NOISE, problems.RADAR, problems.AXES, -1, forces,
            means, covariances, nis,
        )  # fmt: skip
        spent.append((time.thread_time() - begin) / scans)
    return np.array(spent[1:]), np.linalg.norm(means[:, :3] - run.truth[:, :3], axis=1)


def full_run(run):
    """Return the run's plots and truth anew, flown by the full forces from the same burnout."""
    rng, x, env = np.random.default_rng(7), problems.burnout_state(), EARTH.as_array()
    truth = np.empty_like(run.truth)
    for k in range(len(truth)):
        problems.move(x, problems.LOG_DRAG, problems.SCAN_S, problems.SUBSTEP_S, env)
        truth[k] = x
    seen = np.array([sight(x, problems.RADAR, problems.AXES)[:3] for x in truth])
    plots = seen + rng.standard_normal(seen.shape) * np.sqrt(problems.NOISE)
    return problems.Run(truth, plots, run.mean, run.covariance)


def extended_updates(runs):
    from benchmarks import stone_soup_peer as peer

    data = [problems.monte_carlo(i) for i in range(runs)]
    peer.extended(data[0])  # whatever it prepares on first use is not timed
    theirs, ours, full, same, errors = [], [], [], [], {"stone soup": [], "launchwatch": []}
    for run in data:  # by turns, so that the machine's other load falls on both
        spent, error = peer.extended(run)
        theirs.append(spent)
        errors["stone soup"].append(error)
        spent, error = time_extended(run, PROBLEM_LAW, 0.0)
        ours.append(spent)
        errors["launchwatch"].append(error)
        full.append(time_extended(full_run(run), FULL_LAW, LOG_DRAG_SIGMA)[0])
        same.append(time_extended(full_run(run), SAME_STEP_LAW, LOG_DRAG_SIGMA)[0])
    their, our, whole, small = (float(np.mean(values)) for values in (theirs, ours, full, same))
    return {
        "updates timed": runs * problems.SCANS,
        "stone soup, us": micro(their),
        "stone soup, median, us": micro(np.median(theirs)),
        "launchwatch, problem's forces, us": micro(our),
        "launchwatch, problem's forces, best, us": micro(np.min(ours)),
        "launchwatch, full forces, us": micro(whole),
        "launchwatch, full forces, steps of 0.5 s as the problem's, us": micro(small),
        "times faster": round(their / our),
        "times faster, medians": round(float(np.median(theirs) / np.median(ours))),
        "full over problem's": round(whole / our, 2),
        "full over problem's, same steps": round(small / our, 2),
        "position rms, m": {
            name: round(float(np.sqrt(np.mean(np.square(found)))), 2) for name, found in errors.items()
        },
    }


@kernel
def repeat_update(
    bank: Bank, saved_mean, saved_covariance, saved_probability, live, scan: Scan, forces: Law, claimed, count
):
    """Restore one track's five modes and apply one look, `count` times."""
    before = scan.time_s - 1.0
    for _ in range(count):
        bank.mean[live[0]] = saved_mean
        bank.covariance[live[0]] = saved_covariance
        bank.probability[live[0]] = saved_probability
        bank.time_s[live[0]] = before
        claimed[:] = 0.0
        apply_scan(bank, live, scan, forces, claimed)


def five_modes():
    """Return the CPU time of one update of a track of equally likely modes by one plot, us; best and mean."""
    run = problems.many_targets(1, 12, 1, false_plots=0)
    state = tracker.start(FULL_LAW)
    for look in looks_of(run):
        tracker.step(state, look)
    track = state.confirmed[0]
    place, bank = track.place, state.bank
    mean, covariance = bank.mean[place].copy(), bank.covariance[place].copy()
    coasting = int(np.argmax(bank.probability[place]))
    for mode in range(5):
        mean[mode], covariance[mode] = mean[coasting], covariance[coasting]
    truth = run.truth[0, -1].copy()
    lower = (problems.RADIUS_M + FIVE_MODES_HEIGHT_M) / np.linalg.norm(truth[:3])
    truth[:3] *= lower
    mean[:, :3] *= lower
    mean[:, 6] = np.where(mean[:, 6] > 1.0, mean[:, 6], 20.0)
    for column in range(6, SIZE):
        covariance[:, column, column] = np.maximum(covariance[:, column, column], 1e-2)
    live, claimed = np.array([place]), np.zeros(1)
    seen = sight(truth, problems.RADAR, problems.AXES)[:3]
    look = Look(radar_model(1), float(bank.time_s[place]) + 1.0, np.full(1, bank.time_s[place] + 1.0), seen[None],
                ("x",), None)  # fmt: skip
    scan = tracker.scan_of(look)
    share, count, spent = np.full(5, 0.2), 2000, []
    for _ in range(11):
        begin = time.thread_time()
        repeat_update(bank, mean, covariance, share, live, scan, FULL_LAW, claimed, count)
        spent.append((time.thread_time() - begin) / count)
    return {
        "mean, us": micro(np.mean(spent[1:])),
        "best, us": micro(np.min(spent[1:])),
        "modes alive after it": int((bank.probability[place] > 0).sum()),
    }


def follow(run, forces, start=None):
    """Return CPU seconds (scans,) of the tracker, and the places of its confirmed tracks by scan."""
    state, spent, places = start or tracker.start(forces), [], []
    for look in looks_of(run):
        begin = time.thread_time()
        tracker.step(state, look)
        spent.append(time.thread_time() - begin)
        places.append(
            np.array([t.history[-1].mean[:3] for t in state.confirmed if t.status == "confirmed"]).reshape(-1, 3)
        )
    return np.array(spent), places


def told_start(run, forces):
    """Return a tracker that is told what the peers are: each target, its prior, its drag, and that it coasts."""
    state = tracker.start(forces)
    for i, (mean, covariance) in enumerate(zip(run.mean, run.covariance, strict=True)):
        place = state.free.pop()
        bank = state.bank
        bank.mean[place], bank.covariance[place] = 0.0, np.diag([*np.zeros(6), *PRIORS[:, 1] ** 2])
        bank.mean[place, :, 6:] = PRIORS[:, 0]
        bank.mean[place, :, :6], bank.covariance[place, :, :6, :6] = mean, covariance
        bank.mean[place, :, DRAG], bank.covariance[place, :, DRAG, DRAG] = problems.LOG_DRAG, 1e-6
        bank.probability[place] = np.eye(5)[COAST]
        bank.existence[place] = 1.0 - 1e-6
        state.started += 1
        track = tracker.TrackState(i + 1, place, 0.0, problems.SCAN_S, plots=tracker.CONFIRMING_PLOTS)
        state.tracks.append(track)
        state.living.append(track)
    return state


def distances(run, places):
    from benchmarks.stone_soup_peer import gospa

    return [gospa(places[k], run.truth[:, k, :3]) for k in range(SETTLED, SCANS)]


def times_of(spent):
    values = 1e3 * np.concatenate(spent)
    return {
        "mean, ms": round(float(values.mean()), 3),
        "p50, ms": round(float(np.median(values)), 3),
        "p99, ms": round(float(np.percentile(values, 99)), 3),
        "greatest, ms": round(float(values.max()), 3),
        "scans": len(values),
    }


def salvo(targets, seeds, peer_seeds, forces):
    """Return times and GOSPA of the tracker over `seeds` salvos and of each peer over the first `peer_seeds`."""
    from benchmarks import stone_soup_peer as peer

    runs = {seed: problems.many_targets(targets, SCANS, seed) for seed in range(1, seeds + 1)}
    follow(runs[1], forces)
    found = {seed: follow(run, forces) for seed, run in runs.items()}
    each = {seed: distances(runs[seed], places) for seed, (_, places) in found.items()}
    own = {seed: float(np.mean(values)) for seed, values in each.items()}
    alike = {seed: distances(run, follow(run, forces, told_start(run, forces))[1]) for seed, run in runs.items()}
    told = {seed: float(np.mean(values)) for seed, values in alike.items()}
    at_end = [len(places[-1]) for _, places in found.values()]
    mine = times_of([spent for spent, _ in found.values()])
    out = {
        "launchwatch": {
            **mine,
            "GOSPA by seed, m": rounded(own),
            **late(each),
            "confirmed tracks at the end": at_end,
        },
        "launchwatch, told of the targets": {"GOSPA by seed, m": rounded(told), **late(alike)},
        "launchwatch, whole flight": times_of([follow(problems.many_targets(targets, FLIGHT, 1), forces)[0]]),
    }
    for kind in peer.ASSOCIATIONS if peer_seeds else ():
        spent, metric, every = [], {}, {}
        for seed in range(1, peer_seeds + 1):
            took, places = peer.follow(kind, runs[seed])
            spent.append(took)
            every[seed] = distances(runs[seed], places)
            metric[seed] = float(np.mean(every[seed]))
        theirs = times_of(spent)
        out[f"stone soup, {kind}"] = {
            **theirs,
            "GOSPA by seed, m": rounded(metric),
            **late(every),
            "launchwatch is times faster, means": round(theirs["mean, ms"] / mine["mean, ms"]),
            "launchwatch's GOSPA over its": over(own, metric),
            "launchwatch's GOSPA over its by seed": [over({s: own[s]}, {s: metric[s]}) for s in metric],
            "told of the targets, GOSPA over its": over(told, metric),
            "told of the targets, GOSPA over its by seed": [over({s: told[s]}, {s: metric[s]}) for s in metric],
        }
        print(kind, out[f"stone soup, {kind}"], flush=True)
    return out


def over(own, theirs):
    return round(float(np.mean([own[seed] for seed in theirs]) / np.mean(list(theirs.values()))), 3)


def late(by_seed):
    """Return the GOSPA of scans 31 to 60, when it no longer matters how tracks were begun."""
    return {"GOSPA of scans 31 to 60, m": rounded({seed: float(np.mean(v[20:])) for seed, v in by_seed.items()})}


def rounded(by_seed):
    return {str(seed): round(value, 1) for seed, value in by_seed.items()}


def micro(seconds):
    return round(1e6 * float(seconds), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="single-target runs of 488 updates")
    parser.add_argument("--seeds", type=int, default=5, help="salvos that the tracker follows")
    parser.add_argument("--peer-seeds", type=int, default=5, help="of these, how many Stone Soup follows too")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    forces = law(problems.ENVIRONMENT)
    result = {"machine": describe("stonesoup", "scipy")}
    result["one extended update"] = extended_updates(args.runs)
    print(json.dumps(result["one extended update"], indent=1), flush=True)
    result["one update of five modes"] = five_modes()
    print(result["one update of five modes"], flush=True)
    result["50 targets, 20 false plots"] = salvo(50, args.seeds, args.peer_seeds, forces)
    result["200 targets, 20 false plots"] = salvo(200, args.seeds, 0, forces)
    report(result, args.json)


if __name__ == "__main__":
    main()
