"""SRBM-700-B: from lift-off to the last plot, errors over the Cramer-Rao bound of the same unknowns and prior.

    python benchmarks/boost_bound.py [--runs 500] [--processes 2] [--json FILE]

The seven-parameter boost of `flight.boosts` (place, time, heading, thrust, mass time, turn rate: it ends 63.6
km high at 2.43 km/s and 55 degrees) and, from its own last state on, the coast of SRBM-700
(`simulate.problems`) with process noise 1e-4 m^2/s^3. Burn time and ballistic coefficient are unknown too.
Prior, one sigma: place 50 km east and north, time 30 s, heading 1 rad; thrust, mass time and turn rate 20 % (of
their logarithm); burn time 10 s; ln(ballistic coefficient) 0.3. In each run the prior's mean is drawn about the
truth. The radar (1 Hz, 30 m, 0.1 degree) sees boost and coast above 2 degrees of elevation; two geostationary
satellites (20 microradians, one look in 10 s) see the burning motor above 10 km.

Bound: inverse of the information of all plots so far and the prior, at the truth, and after burnout the Riccati
form of Tichavsky's recursion for state and parameters together. Its mean over true paths is that of the path
without noise: the noise moves the path by 60 m in 490 s, at distances of 180 km and more.
"""

import argparse
import math
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.estimate.track.ascent import STATE, coast_on, follow
from launchwatch.estimate.track.boosts import PlotFit, Plots, TurningBoost
from launchwatch.estimate.track.motion import COAST, NOISE, law
from launchwatch.flight import boosts
from launchwatch.geo.sight import bearing_plane, look, look_derivative
from launchwatch.simulate import problems as pb

TRUTH = np.array([-500e3, -100e3, 0.0, math.pi / 2, 30.5, 130.0, math.radians(35) / 65, 70.0, pb.LOG_DRAG])
SIGMA = np.array([50e3, 50e3, 30.0, 1.0, 0.2, 0.2, 0.2, 10.0, 0.3])
RELATIVE = [boosts.THRUST, boosts.MASS_TIME, boosts.TURN_RATE]
LINE_RAD, LOOK_S, CLOUD_M = 20e-6, 10.0, 10e3
BURNOUT_S = 70
SCANS = 540
"""The last scan above 2 degrees on the path without noise."""

CHI2_95 = 5.991464547107979
EPOCHS = {"first look": 30, "50 s": 50, "60 s": 60, "burnout": 70, "burnout + 5 s": 75, "burnout + 10 s": 80,
          "burnout + 30 s": 100, "burnout + 60 s": 130, "apogee": 292, "last plot": SCANS}  # fmt: skip


def satellites():
    """Return two geostationary places 30 degrees west and 40 degrees east of a radar at 38 degrees north."""
    lat = math.radians(38)
    axes = np.array([[0, 1, 0], [-math.sin(lat), 0, math.cos(lat)], [math.cos(lat), 0, math.sin(lat)]])
    lons = (math.radians(-30), math.radians(40))
    return [axes @ (42_164e3 * np.array([math.cos(lon), math.sin(lon), 0.0])) for lon in lons]


def true_path(rng=None):
    """Return states (SCANS, 6), one a second from 1 s after lift-off."""
    times = np.arange(1.0, BURNOUT_S + 1.0)
    boost = boosts.turning_paths(TRUTH[None], times, pb.ENVIRONMENT.as_array())[0]
    return np.concatenate([boost, pb.true_path(boost[-1], SCANS - BURNOUT_S, rng)])


def plots_of(states, rng=None):
    """Return the plots of a path, without noise where `rng` is None."""
    rows = []
    for k, x in enumerate(states, start=1):
        if k <= BURNOUT_S and k % LOOK_S == 0 and np.linalg.norm(x[:3]) - pb.RADIUS_M > CLOUD_M:
            for eye in satellites():
                line = (x[:3] - eye) / np.linalg.norm(x[:3] - eye)
                if rng is not None:
                    line = line + rng.normal(0, LINE_RAD, 2) @ bearing_plane(line)
                rows.append((k, line / np.linalg.norm(line), eye, LINE_RAD**2 * np.eye(3), True))
        seen = look(x, pb.RADAR, pb.AXES)[:3]
        if seen[2] > pb.LOWEST_RAD:
            off = 0.0 if rng is None else rng.standard_normal(3) * np.sqrt(pb.NOISE)
            rows.append((k, seen + off, pb.RADAR, np.diag(pb.NOISE), False))
    times, measured, eyes, noise, infrared = (np.array(column) for column in zip(*rows, strict=True))
    return Plots(times.astype(float), measured, eyes, np.tile(np.eye(3), (len(rows), 1, 1)), noise, infrared)


def prior(rng):
    """Return the family about a mean drawn from the prior, and the truth in its unknowns (9,)."""
    off = rng.standard_normal(len(TRUTH))
    mean = TRUTH + off * SIGMA
    mean[RELATIVE] = TRUTH[RELATIVE] * np.exp(off[RELATIVE] * SIGMA[RELATIVE])
    return TurningBoost(mean, SIGMA, pb.ENVIRONMENT), -off


def coast_law():
    noise = np.zeros_like(NOISE)
    noise[COAST, 0] = pb.ACCELERATION_DENSITY
    return law(pb.ENVIRONMENT, noise, pb.SUBSTEP_S)


def run_once(seed):
    """Return errors (scans, 16), NEES of the state and of the launch place (scans,), CPU seconds and fits."""
    rng = np.random.default_rng([700, seed])
    states = true_path(rng)
    plots = plots_of(states, rng)
    family, unknowns = prior(rng)
    begun = time.process_time()
    found = follow(family, plots, np.unique(plots.time_s))
    fitted, scans = time.process_time() - begun, len(found)
    rest = plots.time_s > found[-1].time_s
    radar = np.ascontiguousarray(plots.measurement[rest])
    begun = time.process_time()
    found += coast_on(found[-1], plots.time_s[rest], radar, pb.NOISE, pb.RADAR, pb.AXES, coast_law())
    coasted = time.process_time() - begun
    errors, nees, launch = [], [], []
    for one in found:
        truth = np.concatenate([states[round(one.time_s) - 1], [pb.LOG_DRAG], unknowns])
        off = one.mean - truth
        n = STATE if one.time_s > BURNOUT_S else 6
        errors.append(off)
        nees.append(off[:n] @ np.linalg.solve(one.covariance[:n, :n], off[:n]) / n)
        at = slice(STATE, STATE + 2)
        launch.append(off[at] @ np.linalg.solve(one.covariance[at, at], off[at]))
    times = [round(one.time_s) for one in found]
    return times, np.array(errors), np.array(nees), np.array(launch), fitted / scans, coasted / int(rest.sum())


def bound():
    """Return the bound (16, 16) of state and unknowns at each scan from the first look on."""
    states = true_path()
    plots = plots_of(states)
    family = TurningBoost(TRUTH, SIGMA, pb.ENVIRONMENT)
    burning = TurningBoost(TRUTH, SIGMA, pb.ENVIRONMENT, math.inf)
    out = {}
    for k in range(1, BURNOUT_S + 2):
        seen = plots.until(float(min(k, BURNOUT_S)))
        if not len(seen.time_s):
            continue
        _, slope = PlotFit(burning, seen, boosts.TURNING).slopes(np.zeros(boosts.TURNING))
        covariance = np.linalg.inv(np.eye(boosts.TURNING) + slope.T @ slope)
        problem = PlotFit(family if k > BURNOUT_S else burning, seen, boosts.TURNING)
        _, by = problem.states(np.zeros(boosts.TURNING), np.array([float(k)]))
        ahead = np.zeros((STATE, boosts.TURNING))
        ahead[:6], ahead[6, boosts.LOG_DRAG] = by[0], SIGMA[boosts.LOG_DRAG]
        spread = np.concatenate([ahead, np.eye(boosts.TURNING)])
        out[k] = spread @ covariance @ spread.T
    noise = np.zeros((STATE + boosts.TURNING,) * 2)
    noise[:6, :6] = pb.process_noise()
    for k in range(BURNOUT_S + 1, SCANS + 1):
        before = out[k] if k in out else moved(out[k - 1], states[k - 2])
        out[k] = updated(before + noise, states[k - 1])
    return out


def moved(covariance, x):
    """Return F P F' over one scan from the state `x` (6,)."""
    f = np.eye(len(covariance))
    env = pb.ENVIRONMENT.as_array()
    for column in range(STATE):
        step = (10.0, 0.1, 1e-3)[(column > 2) + (column > 5)]
        ends = []
        for sign in (1, -1):
            y, drag = x.copy(), pb.LOG_DRAG
            if column < 6:
                y[column] += sign * step
            else:
                drag += sign * step
            pb.move(y, drag, pb.SCAN_S, pb.SUBSTEP_S, env)
            ends.append(y)
        f[:6, column] = (ends[0] - ends[1]) / (2 * step)
    return f @ covariance @ f.T


def updated(covariance, x):
    h = np.zeros((3, len(covariance)))
    h[:, :6] = look_derivative(x, pb.RADAR, pb.AXES)[:3]
    if look(x, pb.RADAR, pb.AXES)[2] <= pb.LOWEST_RAD:
        return covariance
    gain = covariance @ h.T @ np.linalg.inv(h @ covariance @ h.T + np.diag(pb.NOISE))
    out = covariance - gain @ h @ covariance
    return 0.5 * (out + out.T)


def wilson(share, n):
    z = 1.96
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return [round((middle - half) / (1 + z * z / n), 4), round((middle + half) / (1 + z * z / n), 4)]


def ratio_with_interval(squares, least, rng):
    """Return the mean over time of rms / bound with its 95 % bootstrap interval: squares (runs, times)."""
    runs = len(squares)
    means = [np.mean(np.sqrt(squares[rng.integers(runs, size=runs)].mean(0)) / least) for _ in range(1000)]
    low, high = np.percentile(means, [2.5, 97.5])
    value = float(np.mean(np.sqrt(squares.mean(0)) / least))
    return {"ratio": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4)}


PHASES = {"boost": (0, BURNOUT_S), "first 10 s of coast": (BURNOUT_S, BURNOUT_S + 10),
          "coast": (BURNOUT_S, SCANS), "whole": (0, SCANS)}  # fmt: skip


def summary(runs, bounds):
    # Scans of the last second or two may lie above 2 degrees in some runs only.
    common = sorted(set.intersection(*(set(run[0]) for run in runs)))
    picked = [[run[0].index(t) for t in common] for run in runs]
    errors = np.array([run[1][i] for run, i in zip(runs, picked, strict=True)])
    nees = np.array([run[2][i] for run, i in zip(runs, picked, strict=True)])
    launch = np.array([run[3][i] for run, i in zip(runs, picked, strict=True)])
    least = np.array([bounds[t] for t in common])
    times, rng, n = np.array(common), np.random.default_rng(1), len(runs)
    kinds = {"position": (0, 3, 1.0), "velocity": (3, 6, 1.0), "launch place": (STATE, STATE + 2, SIGMA[0])}
    squares = {k: (errors[:, :, a:b] ** 2).sum(2) * s * s for k, (a, b, s) in kinds.items()}
    bars = {k: np.sqrt(np.einsum("tii->ti", least)[:, a:b].sum(1)) * s for k, (a, b, s) in kinds.items()}
    out = {"rms over bound, mean over time": {}, "nees over dof": {}, "at": {}}
    for phase, (after, until) in PHASES.items():
        at = (times > after) & (times <= until)
        out["rms over bound, mean over time"][phase] = {
            kind: ratio_with_interval(squares[kind][:, at], bars[kind][at], rng) for kind in kinds
        }
        each = nees[:, at].mean(1)
        out["nees over dof"][phase] = {
            "mean": round(float(each.mean()), 4), "standard error": round(float(each.std() / math.sqrt(n)), 4),
            "median": round(float(np.median(nees[:, at])), 4),
        }  # fmt: skip
    for name, t in EPOCHS.items():
        i = common.index(min(t, common[-1]))
        held = float((launch[:, i] < CHI2_95).mean())
        row = {"s after lift-off": common[i]}
        for kind in kinds:
            rms, bar = math.sqrt(squares[kind][:, i].mean()), float(bars[kind][i])
            row[kind] = {"rms": round(rms, 2), "bound": round(bar, 2), "ratio": round(rms / bar, 3)}
        row["launch ellipse 95 %"] = {"coverage": round(held, 4), "interval": wilson(held, n)}
        row["launch nees over 2"] = round(float(launch[:, i].mean() / 2), 3)
        row["nees over dof"] = round(float(nees[:, i].mean()), 3)
        out["at"][name] = row
    out["ms per scan while fitted"] = round(1e3 * float(np.mean([run[4] for run in runs])), 3)
    out["us per scan of the coast"] = round(1e6 * float(np.mean([run[5] for run in runs])), 2)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    run_once(0)  # compiles
    if args.processes > 1:
        with ProcessPoolExecutor(args.processes) as pool:
            runs = list(pool.map(partial(run_once), range(args.runs), chunksize=5))
    else:
        runs = [run_once(seed) for seed in range(args.runs)]
    result = {"machine": describe(), "runs": args.runs, **summary(runs, bound())}
    report(result, args.json)


if __name__ == "__main__":
    main()
