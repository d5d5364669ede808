"""Does the 95 % impact ellipse hold the impact in 95 % of runs? SRBM-700, from ten seconds after burnout on.

    python benchmarks/impact_coverage.py --runs 2000 --json FILE

Each run draws a noisy path, its plots and a first state (`simulate/problems.py`; run i has seed 20240 + i), follows
it with an extended Kalman filter and asks the product for the ellipse at six instants. The true impact is where the
noisy path itself ends. Cases:

    nominal               everything known but the state
    drawn bias and drag   elevation bias from N(0, 0.02 degree) and ln(ballistic coefficient) off by N(0, 0.3) in each
                          run; the filter knows these sigmas alone and estimates both
    fixed bias            0.02 degree in every run, which the filter estimates with that sigma
    fixed bias, ignored   the same, unknown to the filter

and `whole earth`: the first two on WGS84 with J2, rotation and the standard atmosphere, radar at 38 N 128 E.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from machine import describe

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.sampling import CHI2_95_2
from launchwatch.estimate.track import impact
from launchwatch.estimate.track.motion import COAST, DRAG, SIZE
from launchwatch.flight import parameters as prm
from launchwatch.flight import propagation as fp
from launchwatch.flight.environment import EARTH, FLATTENING, RADIUS
from launchwatch.flight.gradients import coasting, coasting_gradient
from launchwatch.geo.ellipsoid import to_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import look, look_derivative
from launchwatch.simulate import problems

BIAS_RAD, OFF_BETA = math.radians(0.02), 0.3
INSTANTS = {"burnout + 10 s": 10, "burnout + 30 s": 30, "burnout + 60 s": 60, "burnout + 120 s": 120,
            "apogee": problems.APOGEE_SCAN, "burnout + 300 s": 300}  # fmt: skip
NOISE_ON_THE_WAY = np.array([problems.ACCELERATION_DENSITY, 0.0, 0.0])
BIAS = 7
STATES = 8
"""Position, velocity, ln drag, elevation bias."""


@kernel
def flow(x, dt, steps, env, f):
    """Move x (8,) in place by Runge-Kutta steps and write its derivative (8, 8), by the same steps."""
    h = dt / steps
    f[:] = np.eye(STATES)
    k, kf, y, g = np.zeros((4, 6)), np.zeros((4, 6, 7)), np.empty(6), np.empty((6, 7))
    by_r, by_v, by_d = np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    for _ in range(steps):
        for s in range(4):
            part = 0.0 if s == 0 else h if s == 3 else 0.5 * h
            y[:] = x[:6] + part * k[s - 1]
            g[:] = f[:6, :7] + part * kf[s - 1]
            coasting(y, x[6], env, k[s])
            coasting_gradient(y, x[6], env, by_r, by_v, by_d)
            kf[s, :3] = g[3:]
            for j in range(7):
                for i in range(3):
                    total = by_d[i] if j == 6 else 0.0
                    for m in range(3):
                        total += by_r[i, m] * g[m, j] + by_v[i, m] * g[m + 3, j]
                    kf[s, i + 3, j] = total
        x[:6] += h / 6.0 * (k[0] + 2.0 * k[1] + 2.0 * k[2] + k[3])
        f[:6, :7] += h / 6.0 * (kf[0] + 2.0 * kf[1] + 2.0 * kf[2] + kf[3])


@kernel
def follow(x, p, plots, env, radar, axes, noise, q, means, covariances):
    """Filter all plots (n, 3); write the means (n, 8) and covariances (n, 8, 8) after each."""
    f, h = np.empty((STATES, STATES)), np.zeros((3, STATES))
    for k in range(len(plots)):
        flow(x, problems.SCAN_S, 2, env, f)
        p = f @ p @ f.T + q
        seen = look(x[:6], radar, axes)
        h[:, :6] = look_derivative(x[:6], radar, axes)[:3]
        h[2, BIAS] = 1.0
        off = plots[k] - seen[:3]
        off[2] -= x[BIAS]
        off[1] = (off[1] + math.pi) % (2.0 * math.pi) - math.pi
        ph = p @ h.T
        gain = np.linalg.solve(h @ ph + np.diag(noise), np.ascontiguousarray(ph.T)).T
        x += gain @ off
        p = p - gain @ ph.T
        p = 0.5 * (p + p.T)
        means[k], covariances[k] = x, p


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
    inverse = np.linalg.inv(look_derivative(start, world.radar, world.axes)[:3, :3])
    first = np.zeros((STATES, STATES))
    first[:3, :3] = inverse @ np.diag(problems.NOISE) @ inverse.T
    first[3:6, 3:6] = np.eye(3) * problems.SIGMA_VELOCITY_M_S**2
    log_drag, bias = problems.LOG_DRAG, fixed_bias
    if drawn:
        other = np.random.default_rng(10**6 + run)  # the nominal draws stay those of the published seeds
        log_drag, bias = log_drag + OFF_BETA * other.normal(), BIAS_RAD * other.normal()
        first[6, 6] = OFF_BETA**2
    if aware:
        first[BIAS, BIAS] = BIAS_RAD**2
    path = np.empty((problems.SCANS, 6))
    shocks = np.array([np.linalg.cholesky(q) @ rng.standard_normal(6) for _ in path])
    walk(start.copy(), log_drag, shocks, env, path)
    seen = np.array([look(x, world.radar, world.axes)[:3] for x in path])
    plots = seen + rng.standard_normal(seen.shape) * np.sqrt(problems.NOISE)
    plots[:, 2] += bias
    mean = np.concatenate(
        [start + np.linalg.cholesky(first[:6, :6]) @ rng.standard_normal(6), [problems.LOG_DRAG, 0]]
    )
    means, covariances, added = (
        np.empty((len(path), STATES)),
        np.empty((len(path), STATES, STATES)),
        np.zeros((STATES, STATES)),
    )
    added[:6, :6] = q
    follow(mean, first, plots, env, world.radar, world.axes, problems.NOISE, added, means, covariances)
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


def predict(means, covariances, environment):
    """Return the product's ballistic predictions (n, columns) of filtered states (n, 8)."""
    n = len(means)
    mean, covariance, probability = np.zeros((n, 3, SIZE)), np.zeros((n, 3, SIZE, SIZE)), np.zeros((n, 3))
    probability[:, COAST] = 1.0
    index = np.array([0, 1, 2, 3, 4, 5, DRAG])
    mean[:, :, index] = means[:, None, :7]
    covariance[np.ix_(range(n), range(3), index, index)] = covariances[:, None, :7, :7]
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
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
