"""Fit what a burning motor may yet reach: burns.json of estimate/track/data.

    PYTHONPATH=src python builders/build_burns.py     (launchwatch and scikit-learn in one environment)

Flights are those of launchwatch.simulate.populations, in the shares in which the packaged catalogue
(src/launchwatch/facts/data/flights.csv) has classes: of 150 flights with a class and a range 106 SRBM (four in
ten of those with a shape depressed or pulling up), 26 MRBM and SLBM, 8 IRBM, 9 ICBM, all but two of these
lofted; gliders are given more than their one. Each is read every `EVERY_S` of its burn from 5 km up: asinh of
the height in 5 km, ln of the speed (m/s), climb angle (rad) and ln of what accelerates it besides gravity
(m/s^2); and what was then to come: ln of the distance over ground (m) and of the time (s) to its fall. The
joint density is a mixture of full Gaussians from a fixed seed; `FLOOR` keeps each as broad as the populations
are arbitrary.
"""

import json
import math
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

from launchwatch.estimate.track.burning import features_of
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.simulate import populations

FLIGHTS, EVERY_S, SEED = 6_000, 4, 20251107
COMPONENTS = 30
"""With 60, or with the time since lift-off as a fifth feature, 500 threats and 500 others whose states are known
exactly are told apart as early, within the scatter."""
FLOOR = 1e-3  # of each variance: 0.03 rad of climb, 3 % of speed, acceleration, distance and time
LOWEST_M, LEAST_M = 5e3, 3e3
CLASSES = {
    # share, least and greatest range (m), shares of lofted, normal, depressed
    "SRBM": (0.34, (150e3, 700e3), (0.2, 0.5, 0.3)),
    "MRBM": (0.16, (700e3, 2_000e3), (0.3, 0.5, 0.2)),
    "IRBM": (0.07, (2_000e3, 4_500e3), (0.4, 0.5, 0.1)),
    "ICBM lofted": (0.05, (900e3, 1_400e3), (1.0, 0.0, 0.0)),
    "quasi-ballistic": (0.32, None, None),
    "glide": (0.06, None, None),
}
OUT = Path(__file__).parents[1] / "src/launchwatch/estimate/track/data/burns.json"


def draw(rng):
    """Return the truth of one flight."""
    shares = np.array([one[0] for one in CLASSES.values()])
    found = None
    while found is None:
        name = str(rng.choice(list(CLASSES), p=shares / shares.sum()))
        _, ranges, shapes = CLASSES[name]
        if ranges is None:
            found = populations.glider(rng) if name == "glide" else populations.quasi_ballistic(rng)
        else:
            far = math.exp(rng.uniform(*np.log(ranges)))
            found = populations.ballistic(rng, far, str(rng.choice(populations.SHAPES, p=shapes)))
    return found


def rows(truth, rng):
    """Return features and what is to come, (n, 6), along one burn."""
    kept = np.isfinite(truth.state).all(axis=1)
    state, time_s = truth.state[kept], truth.time_s[kept]
    places = geodetic_from_ecef(np.ascontiguousarray(state[:, :3]))
    first = int(np.argmax(places[:, 2] > LOWEST_M))
    at = np.arange(max(first, 1) + rng.integers(EVERY_S), int(truth.burnout_s) - 1, EVERY_S)
    if not len(at):
        return np.empty((0, 6))
    pushed = 0.5 * (state[at + 1, 3:] - state[at - 1, 3:])
    far, _ = distance_and_azimuth(places[at, 0], places[at, 1], places[-1, 0], places[-1, 1])
    found = np.column_stack(
        [features_of(state[at], pushed), np.log(np.maximum(far, 1.0)), np.log(time_s[-1] - at)]
    )
    return found[(far > LEAST_M) & np.isfinite(found).all(axis=1)]


def main():
    """Write the table."""
    rng = np.random.default_rng(SEED)
    x = np.concatenate([rows(draw(rng), rng) for _ in range(FLIGHTS)])
    mixture = GaussianMixture(COMPONENTS, reg_covar=FLOOR, max_iter=200, random_state=SEED % 2**31).fit(x)
    table = {
        "weight": [float(f"{v:.5g}") for v in mixture.weights_],
        "mean": [[round(float(v), 5) for v in row] for row in mixture.means_],
        "covariance": [[[float(f"{v:.6g}") for v in row] for row in one] for one in mixture.covariances_],
    }
    OUT.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


main()
