"""Does the 95 % impact ellipse hold the impact in 95 % of runs? SRBM-700, from ten seconds after burnout on.

    python benchmarks/impact_coverage.py --runs 2000 --json FILE

Each run draws a noisy path, its plots and a first state (`simulate/problems.py`; run i has seed 20240 + i),
follows it with the tracker's own prediction and update in coast and asks for the ellipse at six instants. The true
impact is where the noisy path itself ends. Cases:

    nominal               everything known but the state
    drawn bias and drag   elevation bias from N(0, 0.02 degree) and ln(ballistic coefficient) off by N(0, 0.3) in
                          each run; the filter knows these sigmas alone and estimates both
    fixed bias            0.02 degree in every run, which the filter estimates with that sigma
    fixed bias, ignored   the same, unknown to the filter

and `whole earth`: the first two on WGS84 with J2, rotation and the standard atmosphere, radar at 38 N 128 E.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, keep

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.estimate.track import impact, motion
from launchwatch.estimate.track.following import ekf_run
from launchwatch.estimate.track.motion import COAST, DRAG, SIZE
from launchwatch.flight import parameters as prm
from launchwatch.flight import propagation as fp
from launchwatch.flight.environment import EARTH, FLATTENING, RADIUS
from launchwatch.geo.ellipsoid import to_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import look, look_derivative
from launchwatch.simulate import problems

BIAS_RAD, OFF_BETA = math.radians(0.02), 0.3
INSTANTS = {"burnout + 10 s": 10, "burnout + 30 s": 30, "burnout + 60 s": 60, "burnout + 120 s": 120,
            "apogee": problems.APOGEE_SCAN, "burnout + 300 s": 300}  # fmt: skip
NOISE_ON_THE_WAY = np.array([problems.ACCELERATION_DENSITY, 0.0, 0.0])
BIAS = SIZE
"""First of the three columns of the radar's bias: range, azimuth, elevation."""


def follow(mean, covariance, plots, world, bias):
    """Return the means (n, c) and covariances (n, c, c) after each of n plots, one a second; `bias` or -1."""
    noise = motion.NOISE.copy()
    noise[COAST] = 0.0
    noise[COAST, motion.ACCELERATION] = problems.ACCELERATION_DENSITY
    law = motion.law(world.environment, noise, problems.SUBSTEP_S)
    n, columns = len(plots), len(mean)
    means, covariances, nis = np.empty((n, columns)), np.empty((n, columns, columns)), np.empty(n)
    times = problems.SCAN_S * np.arange(n + 1)
    ekf_run(mean, covariance, COAST, times, plots, problems.NOISE, world.radar, world.axes, bias, law, means,
            covariances, nis)  # fmt: skip
    return means, covariances


def first_covariance(world, start, sigma_log_drag, sigma_bias):
    """Return the filter's first covariance (13, 13): one plot's position, 300 m/s, drag and elevation bias."""
    inverse = np.linalg.inv(look_derivative(start, world.radar, world.axes)[:3, :3])
    out = np.zeros((SIZE + 3, SIZE + 3))
    out[:3, :3] = inverse @ np.diag(problems.NOISE) @ inverse.T
    out[3:6, 3:6] = np.eye(3) * problems.SIGMA_VELOCITY_M_S**2
    out[DRAG, DRAG], out[BIAS + 2, BIAS + 2] = sigma_log_drag**2, sigma_bias**2
    return out


class Sphere:
    """SRBM-700 as published."""

    environment, radar, axes = problems.ENVIRONMENT, problems.RADAR, problems.AXES

    @staticmethod
    def start():
        return problems.burnout_state()


class WholeEarth:
    """The same radar and burnout in east, north, up at a place on WGS84."""

    environment = EARTH
    axes = east_north_up(math.radians(38), math.radians(128))
    radar = np.array(to_ecef(math.radians(38), math.radians(128), 0.0, *EARTH.as_array()[[RADIUS, FLATTENING]]))

    @classmethod
    def start(cls):
        state = problems.burnout_state()
        return np.concatenate([cls.radar + cls.axes.T @ (state[:3] - problems.RADAR), cls.axes.T @ state[3:]])


def true_impact(x, log_drag, env):
    """Return place (3,) and seconds of the impact of a state, at a tolerance of a millimetre."""
    row, out = np.zeros(prm.COUNT), np.empty(fp.OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = 1e4 / math.exp(log_drag)
    fp.coast(x, row, env, 0.0, 1e-3, 1000.0, np.empty(0), np.empty((0, 6)), out)
    return out[fp.IMPACT_STATE : fp.IMPACT_STATE + 3], out[fp.IMPACT_TIME]


@kernel
def walk(x, log_drag, shocks, env, path):
    for k in range(len(path)):
        problems.move(x, log_drag, problems.SCAN_S, problems.SUBSTEP_S, env)
        x += shocks[k]
        path[k] = x


def run_once(run, world, drawn, fixed_bias, aware):
    """Return squared distances over covariance and times over sigma of the true impact, one an instant."""
    rng, env = np.random.default_rng(problems.FIRST_SEED + run), world.environment.as_array()
    start, q = world.start(), problems.process_noise()
    log_drag, bias = problems.LOG_DRAG, fixed_bias
    if drawn:
        other = np.random.default_rng(10**6 + run)  # the nominal draws stay those of the published seeds
        log_drag, bias = log_drag + OFF_BETA * other.normal(), BIAS_RAD * other.normal()
    first = first_covariance(world, start, OFF_BETA * drawn, BIAS_RAD * aware)
    path = np.empty((problems.SCANS, 6))
    shocks = np.array([np.linalg.cholesky(q) @ rng.standard_normal(6) for _ in path])
    walk(start.copy(), log_drag, shocks, env, path)
    seen = np.array([look(x, world.radar, world.axes)[:3] for x in path])
    plots = seen + rng.standard_normal(seen.shape) * np.sqrt(problems.NOISE)
    plots[:, 2] += bias
    mean = np.zeros(SIZE + 3)
    mean[:6] = start + np.linalg.cholesky(first[:6, :6]) @ rng.standard_normal(6)
    mean[DRAG] = problems.LOG_DRAG
    means, covariances = follow(mean, first, plots, world, BIAS)
    place, late = true_impact(path[-1], log_drag, env)
    scans = np.array(list(INSTANTS.values())) - 1
    late += len(path) * problems.SCAN_S - (scans + 1) * problems.SCAN_S
    found = predict(means[scans], covariances[scans], world.environment)
    squares, times, axes = [], [], []
    for one, due in zip(found, late, strict=True):
        center = np.array(to_ecef(one[impact.LAT], one[impact.LON], 0.0, env[RADIUS], env[FLATTENING]))
        off = (east_north_up(one[impact.LAT], one[impact.LON]) @ (place - center))[:2]
        ee, en, nn = one[impact.EAST_EAST : impact.NORTH_NORTH + 1]
        squares.append(off @ np.linalg.solve(np.array([[ee, en], [en, nn]]), off))
        times.append((due - one[impact.IN_S]) / one[impact.SIGMA_S])
        axes.append(one[[impact.MAJOR, impact.MINOR]] / math.sqrt(CHI2_95_2))
    return squares, times, axes


def as_modes(means, covariances):
    """Return tracks' modes (n, 5, c), (n, 5, c, c), (n, 5) that surely coast in the given states."""
    probability = np.zeros((len(means), len(motion.MODES)))
    probability[:, COAST] = 1.0
    each = (1, len(motion.MODES), 1)
    return np.tile(means[:, None], each), np.tile(covariances[:, None], (*each, 1)), probability


def predict(means, covariances, environment):
    """Return the product's ballistic predictions (n, columns) of filtered states (n, c)."""
    mean, covariance, probability = as_modes(means, covariances)
    found = impact.predict_many(mean, covariance, probability, environment=environment, noise=NOISE_ON_THE_WAY)
    assert (found[:, impact.BALLISTIC, impact.SHARE] == 1.0).all()
    return found[:, impact.BALLISTIC]


def share(hits, n):
    """Return a share with its Wilson 95 % interval."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"share": round(p, 4), "low": round((middle - half) / (1 + z * z / n), 4),
            "high": round((middle + half) / (1 + z * z / n), 4)}  # fmt: skip


def case(runs, world, *, drawn=False, fixed_bias=0.0, aware=False):
    found = [run_once(run, world, drawn, fixed_bias, aware) for run in range(runs)]
    squares, times, axes = (np.array([one[i] for one in found]) for i in range(3))
    out = {}
    for i, name in enumerate(INSTANTS):
        major, minor = np.median(axes[:, i], axis=0)
        out[name] = {
            "ellipse_95": share(int((squares[:, i] < CHI2_95_2).sum()), runs),
            "time_95": share(int((np.abs(times[:, i]) < 1.96).sum()), runs),
            "mean_square_over_2": round(float(squares[:, i].mean() / 2), 3),
            "median_semi_axes_1_sigma_m": [round(float(major), 1), round(float(minor), 1)],
        }
        print(f"  {name:16}", out[name]["ellipse_95"], out[name]["median_semi_axes_1_sigma_m"], flush=True)
    return out


CASES = {
    "nominal": (Sphere, {}),
    "drawn bias and drag": (Sphere, {"drawn": True, "aware": True}),
    "fixed bias": (Sphere, {"fixed_bias": BIAS_RAD, "aware": True}),
    "fixed bias, ignored": (Sphere, {"fixed_bias": BIAS_RAD}),
    "whole earth, nominal": (WholeEarth, {}),
    "whole earth, drawn bias and drag": (WholeEarth, {"drawn": True, "aware": True}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = {"machine": describe(), "runs": args.runs, "bar": [0.935, 0.965], "coverage": {}}
    for name, (world, options) in CASES.items():
        print(name, flush=True)
        result["coverage"][name] = case(args.runs, world, **options)
    keep(result, args.json)


if __name__ == "__main__":
    main()
