"""The literature's re-entry problems for nonlinear filters, each filter of bayes/kalman.py against the record.

    python benchmarks/classic_problems.py [--runs 500] [--austin-runs 200] [--json FILE]

**Farina, Ristic & Benvenuti**, IEEE TAES 38(3), 2002: a ballistic target over a flat earth, 232 km away, one plot
of range (100 m) and elevation (0.017 rad) every 2 s, 60 plots, drag known. Prior: the first plot's covariance and
the velocity of two plots. Position RMSE over the posterior Cramer-Rao bound (Tichavsky 1998; mean over plots 6 to
60), NEES over its 4 degrees of freedom.

**Julier & Uhlmann** (after Austin & Leondes, IEEE TAES 17(1), 1981; Julier, Uhlmann & Durrant-Whyte, IEEE TAC
45(3), 2000, with the signs and the noise of the correction in Proc. IEEE 92(12), 2004): re-entry with unknown
drag, 2,000 plots of range (1 m) and bearing (0.17 mrad) in 200 s. *As published* truth's drag is always exp(0.69)
times what the filter starts with, and does not wander as the filter assumes: NEES is not due to be one.
*Matched*: the drag is drawn from the filter's prior and wanders with the filter's noise.

**Athans, Wishner & Bertolini**, IEEE TAC 13(5), 1968: a body falls vertically past a radar that measures range
alone. Reported: the median and mean of the absolute error by state, since a lost run decides any rms.

Units are metres and seconds, in the second problem kilometres, in the third feet, as in the sources.
"""

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.compiled import inline_kernel
from launchwatch.bayes import bounds, kalman

FILTERS = {
    "extended": kalman.EXTENDED,
    "iterated": kalman.ITERATED,
    "unscented": kalman.UNSCENTED,
    "iterated unscented": kalman.POSTERIOR,
    "adaptive": kalman.ADAPTIVE,
}
NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Problem:
    """A filter's whole knowledge: compiled motion and measurement, and their noises."""

    move: object
    move_derivative: object
    measure: object
    measure_derivative: object
    process_noise: np.ndarray
    noise: np.ndarray
    turns: np.ndarray
    measured: int

    def filter(self, choice, mean, covariance, plots):
        """Return states (steps, n), covariances (steps, n, n), shares (2,) of unscented predictions, updates."""
        steps, n = len(plots), len(mean)
        x, p, made = np.empty((steps, n)), np.empty((steps, n, n)), np.empty((steps, 2), dtype=np.int64)
        kalman.run(
            self.move, self.move_derivative, self.measure, self.measure_derivative, NOTHING, mean.copy(),
            covariance.copy(), plots, self.process_noise, self.noise, self.turns, self.measured, choice,
            kalman.unscented_spread(self.measured), x, p, made,
        )  # fmt: skip
        return x, p, (made >= kalman.UNSCENTED).mean(axis=0)

    def step(self, x):
        out = np.empty_like(x)
        self.move(x, NOTHING, out)
        return out

    def transition(self, x):
        out = np.empty((len(x), len(x)))
        self.move_derivative(x, NOTHING, out)
        return out

    def seen(self, x):
        out = np.empty(len(self.noise))
        self.measure(x, NOTHING, out)
        return out

    def seen_derivative(self, x):
        out = np.zeros((len(self.noise), len(x)))
        part = np.empty((len(self.noise), self.measured))
        self.measure_derivative(x, NOTHING, part)
        out[:, : self.measured] = part
        return out

    def plots(self, states, rng):
        seen = np.array([self.seen(x) for x in states])
        return seen + rng.standard_normal(seen.shape) * np.sqrt(np.diag(self.noise))


# Farina, Ristic & Benvenuti: x, y (m), their velocities (m/s); range, elevation ---------------------------------
STEP_S, GRAVITY, DRAG_N_M2 = 2.0, 9.81, 40_000.0


@inline_kernel
def farina_density(height):
    """Return air density (kg/m^3) of the problem's two layers, and its logarithm's slope (1/m)."""
    if height < 9144.0:
        return 1.227 * math.exp(-1.093e-4 * height), -1.093e-4
    return 1.754 * math.exp(-1.49e-4 * height), -1.49e-4


@inline_kernel
def farina_move(x, par, out):
    density, _ = farina_density(x[1])
    slowing = -0.5 * GRAVITY * density / DRAG_N_M2 * math.sqrt(x[2] * x[2] + x[3] * x[3])
    pull = (slowing * x[2], slowing * x[3] - GRAVITY)
    for i in range(2):
        out[i] = x[i] + STEP_S * x[2 + i] + 0.5 * STEP_S * STEP_S * pull[i]
        out[2 + i] = x[2 + i] + STEP_S * pull[i]


@inline_kernel
def farina_move_derivative(x, par, out):
    density, fall = farina_density(x[1])
    speed = math.sqrt(x[2] * x[2] + x[3] * x[3])
    share = -0.5 * GRAVITY * density / DRAG_N_M2
    for i in range(4):
        for j in range(4):
            out[i, j] = 1.0 if i == j else 0.0
    for i in range(2):
        out[i, 2 + i] += STEP_S
        for j in range(4):
            if j == 0:
                pull = 0.0
            elif j == 1:
                pull = share * fall * speed * x[2 + i]
            else:
                pull = share * (x[2 + i] * x[j] / speed + (speed if j == 2 + i else 0.0))
            out[i, j] += 0.5 * STEP_S * STEP_S * pull
            out[2 + i, j] += STEP_S * pull


@inline_kernel
def polar(y, par, out):
    out[0] = math.sqrt(y[0] * y[0] + y[1] * y[1])
    out[1] = math.atan2(y[1], y[0])


@inline_kernel
def polar_derivative(y, par, out):
    r2 = y[0] * y[0] + y[1] * y[1]
    r = math.sqrt(r2)
    out[0, 0], out[0, 1] = y[0] / r, y[1] / r
    out[1, 0], out[1, 1] = -y[1] / r2, y[0] / r2


FARINA = Problem(
    farina_move, farina_move_derivative, polar, polar_derivative,
    np.kron(np.array([[STEP_S**3 / 3, STEP_S**2 / 2], [STEP_S**2 / 2, STEP_S]]), np.eye(2)),
    np.diag([100.0**2, 0.017**2]), np.array([0.0, 2 * math.pi]), 2,
)  # fmt: skip
FARINA_START = np.array([232e3, 88e3, 2290 * math.cos(math.radians(190)), 2290 * math.sin(math.radians(190))])
FARINA_PLOTS, FARINA_SETTLED = 60, 5


def farina_prior():
    """Return the covariance (4, 4) of a position by the first plot and a velocity by two plots a step apart."""
    inverse = np.linalg.inv(FARINA.seen_derivative(FARINA_START)[:, :2])
    place = inverse @ FARINA.noise @ inverse.T
    return np.block([[place, place / STEP_S], [place / STEP_S, 2 * place / STEP_S**2]])


def farina_bound(truths):
    """Return the bound (steps, 4, 4) averaged over true paths (runs, steps, 4)."""
    before = np.concatenate([np.broadcast_to(FARINA_START, (len(truths), 1, 4)), truths[:, :-1]], axis=1)
    steps = truths.shape[1]
    transitions = np.array([[FARINA.transition(x) for x in before[:, k]] for k in range(steps)])
    gained = np.array(
        [
            bounds.measurement_information(
                np.array([FARINA.seen_derivative(x) for x in truths[:, k]]), FARINA.noise
            )
            for k in range(steps)
        ]
    )
    return bounds.posterior_bound(farina_prior(), transitions, FARINA.process_noise, gained)


def farina(runs):
    """Return RMSE over bound and NEES over 4 of each filter."""
    covariance = farina_prior()
    root, shake = np.linalg.cholesky(covariance), np.linalg.cholesky(FARINA.process_noise)
    truths, plots, means = np.empty((runs, FARINA_PLOTS, 4)), [], []
    for i in range(runs):
        rng = np.random.default_rng([2002, i])
        x = FARINA_START
        for k in range(FARINA_PLOTS):
            x = FARINA.step(x) + shake @ rng.standard_normal(4)
            truths[i, k] = x
        plots.append(FARINA.plots(truths[i], rng))
        means.append(FARINA_START + root @ rng.standard_normal(4))
    limit = bounds.root_trace(farina_bound(truths[: min(runs, 100)]), 0, 2)
    out = {"runs": runs, "bound of the position at 20, 40, 60, 80, 100, 120 s, m": _round(limit[9::10])}
    for name, choice in FILTERS.items():
        error, nees, share = _filter_all(FARINA, choice, means, covariance, plots, truths)
        square = np.square(error[:, :, :2]).sum(axis=2)
        ratio = _over_bound(square, limit)
        resampled = np.random.default_rng(1).integers(0, runs, (1000, runs))
        spread = [_over_bound(square[chosen], limit) for chosen in resampled]
        out[name] = {
            "position RMSE / bound": round(ratio, 4),
            "95 % interval": _round(np.percentile(spread, [2.5, 97.5]), 4),
            "NEES / dof": round(float(nees[:, FARINA_SETTLED:].mean()) / 4, 4),
            "NEES / dof, all plots": round(float(nees.mean()) / 4, 4),
            "unscented predictions, updates": _round(share, 3),
        }
    return out


def _over_bound(square, limit):
    return float((np.sqrt(square.mean(axis=0)) / limit)[FARINA_SETTLED:].mean())


def _filter_all(problem, choice, means, covariance, plots, truths):
    """Return errors (runs, steps, n), NEES (runs, steps) and the shares (2,) of unscented predictions, updates."""
    error, nees, shares = np.empty_like(truths), np.empty(truths.shape[:2]), []
    for i, truth in enumerate(truths):
        x, p, share = problem.filter(choice, means[i], covariance, plots[i])
        error[i] = x - truth
        nees[i] = np.einsum("ki,ki->k", error[i], np.linalg.solve(p, error[i][:, :, None])[:, :, 0])
        shares.append(share)
    return error, nees, np.mean(shares, axis=0)


# Julier & Uhlmann: x, y (km), their velocities (km/s), logarithm of drag; range, bearing ------------------------
AUSTIN_STEP_S, DRAG_0, SCALE_KM, MU_KM3_S2, EARTH_KM = 0.1, -0.59783, 13.406, 3.9860e5, 6374.0


@inline_kernel
def austin_move(x, par, out):
    r = math.sqrt(x[0] * x[0] + x[1] * x[1])
    speed = math.sqrt(x[2] * x[2] + x[3] * x[3])
    drag = DRAG_0 * math.exp(x[4] + (EARTH_KM - r) / SCALE_KM) * speed
    central = -MU_KM3_S2 / (r * r * r)
    for i in range(2):
        out[i] = x[i] + AUSTIN_STEP_S * x[2 + i]
        out[2 + i] = x[2 + i] + AUSTIN_STEP_S * (drag * x[2 + i] + central * x[i])
    out[4] = x[4]


@inline_kernel
def austin_move_derivative(x, par, out):
    r = math.sqrt(x[0] * x[0] + x[1] * x[1])
    speed = math.sqrt(x[2] * x[2] + x[3] * x[3])
    drag = DRAG_0 * math.exp(x[4] + (EARTH_KM - r) / SCALE_KM) * speed
    central = -MU_KM3_S2 / (r * r * r)
    for i in range(5):
        for j in range(5):
            out[i, j] = 1.0 if i == j else 0.0
    for i in range(2):
        out[i, 2 + i] = AUSTIN_STEP_S
        for j in range(2):
            same = 1.0 if i == j else 0.0
            fall = -drag * x[2 + i] * x[j] / (r * SCALE_KM) - 3.0 * central * x[i] * x[j] / (r * r)
            out[2 + i, j] = AUSTIN_STEP_S * (fall + same * central)
            out[2 + i, 2 + j] += AUSTIN_STEP_S * drag * (x[2 + i] * x[2 + j] / (speed * speed) + same)
        out[2 + i, 4] = AUSTIN_STEP_S * drag * x[2 + i]


@inline_kernel
def austin_measure(y, par, out):
    a = y[0] - EARTH_KM
    out[0] = math.sqrt(a * a + y[1] * y[1])
    out[1] = math.atan2(y[1], a)


@inline_kernel
def austin_measure_derivative(y, par, out):
    a = y[0] - EARTH_KM
    r2 = a * a + y[1] * y[1]
    r = math.sqrt(r2)
    out[0, 0], out[0, 1] = a / r, y[1] / r
    out[1, 0], out[1, 1] = -y[1] / r2, a / r2


AUSTIN_WANDER = np.array([0.0, 0.0, 2.4064e-5, 2.4064e-5, 1e-6])
AUSTIN = Problem(
    austin_move, austin_move_derivative, austin_measure, austin_measure_derivative, np.diag(AUSTIN_WANDER),
    np.diag([1e-6, 0.17e-3**2]), np.array([0.0, 2 * math.pi]), 2,
)  # fmt: skip
AUSTIN_START = np.array([6500.4, 349.14, -1.8093, -6.7967, 0.6932])
AUSTIN_FIRST = np.array([*AUSTIN_START[:4], 0.0])
AUSTIN_VARIANCE = np.array([1e-6, 1e-6, 1e-6, 1e-6, 1.0])
AUSTIN_PLOTS = 2000
AUSTIN_RECORD_M = (7.7, 3.5)
"""Position rms along x and y that the extended and the unscented filter reach, in an independent program."""


def austin(runs, *, matched):
    """Return rms by state, in m and m/s, and NEES over 5; `matched` draws the drag as the filter believes."""
    truths, plots = np.empty((runs, AUSTIN_PLOTS, 5)), []
    wander = AUSTIN_WANDER.copy()
    for i in range(runs):
        rng = np.random.default_rng([1997, int(matched), i])
        if matched:
            x = AUSTIN_FIRST + np.sqrt(AUSTIN_VARIANCE) * rng.standard_normal(5)
        else:
            x = AUSTIN_START + np.sqrt([1e-6, 1e-6, 1e-6, 1e-6, 0.0]) * rng.standard_normal(5)
            wander[4] = 0.0
        for k in range(AUSTIN_PLOTS):
            x = AUSTIN.step(x) + np.sqrt(wander) * rng.standard_normal(5)
            truths[i, k] = x
        plots.append(AUSTIN.plots(truths[i], rng))
    out = {"runs": runs}
    for name, choice in FILTERS.items():
        error, nees, share = _filter_all(
            AUSTIN, choice, [AUSTIN_FIRST] * runs, np.diag(AUSTIN_VARIANCE), plots, truths
        )
        rms = np.sqrt(np.square(error).mean(axis=(0, 1))) * [1e3, 1e3, 1e3, 1e3, 1]
        by_run = nees.mean(axis=1) / 5
        out[name] = {
            "rms x, y, m": _round(rms[:2]),
            "rms vx, vy, m/s": _round(rms[2:4]),
            "rms ln drag": round(float(rms[4]), 4),
            "NEES / dof": round(float(by_run.mean()), 4),
            "its standard error": round(float(by_run.std(ddof=1) / math.sqrt(runs)), 4),
            "unscented predictions, updates": _round(share, 3),
        }
        if not matched:
            out[name]["rms x, y / record"] = _round(rms[:2] / AUSTIN_RECORD_M, 4)
    return out


# Athans, Wishner & Bertolini: height (ft), downward speed (ft/s), drag (1/ft); range ----------------------------
AWAY_FT, RADAR_FT, FALL_PER_FT, INNER_STEPS = 1e5, 1e5, 5e-5, 64


@inline_kernel
def athans_rate(height, speed, drag):
    return -speed, -math.exp(-FALL_PER_FT * height) * speed * speed * drag


@inline_kernel
def athans_move(x, par, out):
    h = 1.0 / INNER_STEPS
    a, b = x[0], x[1]
    for _ in range(INNER_STEPS):
        a1, b1 = athans_rate(a, b, x[2])
        a2, b2 = athans_rate(a + 0.5 * h * a1, b + 0.5 * h * b1, x[2])
        a3, b3 = athans_rate(a + 0.5 * h * a2, b + 0.5 * h * b2, x[2])
        a4, b4 = athans_rate(a + h * a3, b + h * b3, x[2])
        a += h / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        b += h / 6.0 * (b1 + 2.0 * b2 + 2.0 * b3 + b4)
    out[0], out[1], out[2] = a, b, x[2]


@inline_kernel
def athans_move_derivative(x, par, out):
    """Write central differences: over 1 ft, 0.1 ft/s and 1e-7 / ft they are right to eight digits."""
    ahead, behind, at = np.empty(3), np.empty(3), np.empty(3)
    for j in range(3):
        step = (1.0, 0.1, 1e-7)[j]
        at[:] = x
        at[j] = x[j] + step
        athans_move(at, par, ahead)
        at[j] = x[j] - step
        athans_move(at, par, behind)
        for i in range(3):
            out[i, j] = (ahead[i] - behind[i]) / (2.0 * step)


@inline_kernel
def athans_measure(y, par, out):
    out[0] = math.sqrt(AWAY_FT * AWAY_FT + (y[0] - RADAR_FT) ** 2)


@inline_kernel
def athans_measure_derivative(y, par, out):
    out[0, 0] = (y[0] - RADAR_FT) / math.sqrt(AWAY_FT * AWAY_FT + (y[0] - RADAR_FT) ** 2)


ATHANS = Problem(
    athans_move, athans_move_derivative, athans_measure, athans_measure_derivative, np.zeros((3, 3)),
    np.array([[1e4]]), np.zeros(1), 1,
)  # fmt: skip
ATHANS_START, ATHANS_FIRST = np.array([3e5, 2e4, 1e-3]), np.array([3e5, 2e4, 3e-5])
ATHANS_COVARIANCE, ATHANS_PLOTS = np.diag([1e6, 4e6, 1e-4]), 60


def athans(runs):
    """Return the absolute error by state at the end, and over time, of each filter."""
    truth = np.empty((ATHANS_PLOTS, 3))
    x = ATHANS_START
    for k in range(ATHANS_PLOTS):
        x = ATHANS.step(x)
        truth[k] = x
    plots = [ATHANS.plots(truth, np.random.default_rng([1968, i])) for i in range(runs)]
    out = {"runs": runs}
    for name, choice in FILTERS.items():
        found = [ATHANS.filter(choice, ATHANS_FIRST, ATHANS_COVARIANCE, z) for z in plots]
        error = np.array([x - truth for x, _, _ in found])
        settled = np.abs(error[:, ATHANS_PLOTS // 2 :])
        out[name] = {
            "height, ft: mean over runs and 30 to 60 s": _significant(settled[:, :, 0].mean()),
            "speed, ft/s": _significant(settled[:, :, 1].mean()),
            "drag, 1/ft": _significant(settled[:, :, 2].mean()),
            "height, ft: median at 60 s": _significant(np.median(np.abs(error[:, -1, 0]))),
            "drag, 1/ft: median at 60 s": _significant(np.median(np.abs(error[:, -1, 2]))),
            "unscented predictions, updates": _round(np.mean([share for _, _, share in found], axis=0), 3),
        }
    return out


def _round(values, digits=2):
    return [round(float(value), digits) for value in values]


def _significant(value):
    return float(f"{value:.4g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--austin-runs", type=int, default=200)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = {
        "machine": describe(),
        "farina-ristic-benvenuti": farina(args.runs),
        "julier-uhlmann as published": austin(args.austin_runs, matched=False),
        "julier-uhlmann matched": austin(args.austin_runs, matched=True),
        "athans-wishner-bertolini": athans(args.runs),
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
