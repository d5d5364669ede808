"""Fit the densities of state features by class group and phase: class_densities.json of estimate/track/data.

    python builders/build_class_densities.py

Populations are those of launchwatch.simulate.populations, 1,500 paths a group, 30 states of each: half of them
from its first three minutes above the horizon (5 km for launches), when verdicts are made. Ballistic flights have
the range classes in the shares of their prior. Mixtures of full
Gaussians by expectation maximisation from a fixed seed; covariances keep a floor, so that no density is narrower
than the populations' own arbitrariness.
"""

import json
import math
from pathlib import Path

import numpy as np

from launchwatch.estimate.track import verdict
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.simulate.populations import POPULATIONS, SHAPES, ballistic

PATHS, STATES, SEED = 1500, 30, 20251107
COMPONENTS = 12
"""Of each phase's mixture. Brier score of the classes on tracks of other seeds: 0.094 with 7, 0.091 with 12, 0.090
with 18, at half as much time again."""
FLOOR = np.array([0.05, 0.15, 0.03, 0.06]) ** 2
OUT = Path(__file__).parents[1] / "src/launchwatch/estimate/track/data/class_densities.json"


def draw(name, rng):
    """Return a truth of a group."""
    if name != "ballistic":
        return POPULATIONS[name](rng)
    reach = rng.choice(len(verdict.RANGE_PRIOR), p=verdict.RANGE_PRIOR)
    low, high = verdict.RANGE_SPAN_M[reach : reach + 2]
    found = None
    while found is None:
        found = ballistic(rng, math.exp(rng.uniform(math.log(low), math.log(high))), SHAPES[rng.integers(3)])
    return found


def sample(name, rng):
    """Return features (n, 4) and phases (n,) of a population."""
    features, phases = [], []
    for _ in range(PATHS):
        truth = draw(name, rng)
        seen = np.arange(len(truth.time_s))
        if np.isfinite(truth.burnout_s):
            seen = seen[geodetic_from_ecef(np.ascontiguousarray(truth.state[:, :3]))[:, 2] > 5e3]
        early = rng.choice(seen[:180], STATES // 2)
        some = np.concatenate([early, rng.choice(seen, STATES // 2)])
        features.append(verdict.features(np.ascontiguousarray(truth.state[some])))
        phases.append(truth.phase[some])
    return np.concatenate(features), np.concatenate(phases)


def fit(x, components, rng):
    """Return weights (k,), means (k, 4) and covariances (k, 4, 4) of a mixture by expectation maximisation."""
    n = len(x)
    scale = x.std(axis=0) + 1e-3
    mean = x[rng.choice(n, 1)]
    while len(mean) < components:
        off = (((x[:, None] - mean) / scale) ** 2).sum(axis=2).min(axis=1)
        mean = np.vstack([mean, x[rng.choice(n, p=off / off.sum())]])
    covariance = np.repeat((np.cov(x.T) / components + np.diag(FLOOR))[None], components, axis=0)
    weight = np.full(components, 1 / components)
    for _ in range(100):
        log = np.empty((n, components))
        for k in range(components):
            root = np.linalg.cholesky(covariance[k])
            z = np.linalg.solve(root, (x - mean[k]).T)
            log[:, k] = np.log(weight[k]) - 0.5 * (z**2).sum(axis=0) - np.log(np.diag(root)).sum()
        share = np.exp(log - log.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        total = share.sum(axis=0) + 1e-9
        weight = total / total.sum()
        mean = share.T @ x / total[:, None]
        for k in range(components):
            off = x - mean[k]
            covariance[k] = (share[:, k, None] * off).T @ off / total[k] + np.diag(FLOOR)
    return weight, mean, covariance


def main():
    """Write the table."""
    table = {"weight": [], "mean": [], "covariance": [], "group": [], "phase": []}
    rng = np.random.default_rng(SEED)
    for g, name in enumerate(verdict.GROUPS):
        features, phases = sample(name, rng)
        for phase in np.unique(phases):
            x = features[phases == phase]
            share = len(x) / len(features)
            components = COMPONENTS if share > 0.05 else 3
            for w, m, c in zip(*fit(x, components, rng), strict=True):
                table["weight"].append(float(f"{w * share:.5g}"))
                table["mean"].append([round(float(v), 5) for v in m])
                table["covariance"].append([[float(f"{v:.6g}") for v in row] for row in c])
                table["group"].append(g)
                table["phase"].append(int(phase))
    OUT.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


main()
