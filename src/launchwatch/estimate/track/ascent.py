"""From lift-off to the coast: a boost of one family followed plot by plot, its burnout unknown.

While the motor burns, the most probable parameters are fitted to all plots. Whether and when it went out is a bank
of hypotheses: it burns yet, or it went out half-way between two of the scans, each weighed by its evidence
(Laplace's approximation) and the prior of the burn time. When all that burn yet are refuted, the burn time becomes
a parameter like the others; once the coast is known well enough to be linear, the tracker's own filter takes over,
the boost's parameters beside the state, so that the launch is smoothed by all that comes (fixed-point smoothing:
Anderson & Moore, Optimal Filtering, 1979, section 7.2).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from launchwatch.bayes import fitting
from launchwatch.bayes.sampling import normalize_log
from launchwatch.estimate.track.boosts import PlotFit, Plots, TurningBoost
from launchwatch.estimate.track.following import ekf_run
from launchwatch.estimate.track.motion import COAST, DRAG, SIZE, Law
from launchwatch.flight import boosts
from launchwatch.geo.sight import look_derivative

Array = NDArray[np.float64]

STATE = 7
"""Position (m), velocity (m/s) and ln(C_D A / m / 1e-4 m^2/kg): the first columns of an ascent's moments."""

HANDED_OVER_S = 20.0
"""After burnout, when the filter takes over: the velocity is known to 1 %, and noise has added a metre."""

_ENOUGH = 1e-5  # decrease of the cost: the valleys are narrow, and the bank compares evidences
_NEAR = 1e-3  # the same for a part of a mixture
_PRUNED = 1e-4  # weight below which a hypothesis is given up
_APART_S = 1.0  # between burnouts of the bank: 70 m/s of thrust, below what radars tell in the first seconds
_SETTLED_S = 2.5  # after burnout, when the bank gives way to one parameter
_WORTH_A_VALLEY = 0.05  # weight of a hypothesis
_NODES, _SPACING, _KERNEL = 3, 0.8, 0.6  # kernels on each side; distance and width in sigmas of the lift-off time
_STARTS_S = (12.0, 25.0, 40.0)  # lift-off before the first plot
_HEADINGS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # sigmas


@dataclass(frozen=True)
class Ascent:
    """Moments at one scan: of the state (`STATE` columns) and the unknowns in prior sigmas (9 columns more).

    `burning` is the probability that the motor burns yet; `coasted_s` the time since burnout, 0 until that is one
    parameter among the others.
    """

    time_s: float
    mean: Array
    covariance: Array
    burning: float
    coasted_s: float = 0.0


@dataclass(frozen=True)
class _Hypothesis:
    """Burnout at a time, infinite while it burns, None where it is fitted; with the unknowns that fit best."""

    burnout_s: float | None
    x: Array
    log_weight: float = 0.0


def follow(family: TurningBoost, plots: Plots, scans: Iterable[float]) -> list[Ascent]:
    """Return the moments at each scan's time, from the plots until then, until `HANDED_OVER_S` after burnout.

    Scans before the first plot have none.

    An infrared plot says that the motor burns yet.
    """
    bank: list[_Hypothesis] = []
    last, found = -math.inf, []
    for scan in scans:
        seen = plots.until(scan)
        if not len(seen.time_s):
            continue
        if not bank:
            bank, last = [_Hypothesis(math.inf, np.zeros(boosts.TURNING))], scan - _APART_S
        bank = _weigh(family, seen, _offspring(bank, last, scan), scan)
        last = scan
        found.append(_moments(family, seen, bank, scan))
        if found[-1].coasted_s > HANDED_OVER_S:
            break
        bank = _settle(family, bank, scan)
    return found


def _offspring(bank: list[_Hypothesis], last: float, scan: float) -> list[_Hypothesis]:
    """Return the bank with the hypotheses that it burnt out since the last scan."""
    burning = [h for h in bank if h.burnout_s == math.inf]
    return bank + [
        _Hypothesis(float(at), h.x) for h in burning for at in np.arange(last + 0.5 * _APART_S, scan, _APART_S)
    ]


def _weigh(family: TurningBoost, plots: Plots, bank: list[_Hypothesis], scan: float) -> list[_Hypothesis]:
    lit = float(plots.time_s[plots.infrared].max(initial=-math.inf))
    fitted = []
    for one in (h for h in bank if h.burnout_s is None or h.burnout_s >= lit):
        fit = _fit(family, plots, one)
        fitted.append(_Hypothesis(one.burnout_s, fit.x, _log_weight(family, one, fit, scan)))
    weight, _ = normalize_log(np.array([one.log_weight for one in fitted]))
    return [replace(h, log_weight=math.log(w)) for h, w in zip(fitted, weight, strict=True) if w > _PRUNED]


def _problem(family: TurningBoost, plots: Plots, burnout_s: float | None) -> PlotFit:
    return PlotFit(replace(family, burnout_s=burnout_s), plots, boosts.TURNING)


def _fit(family: TurningBoost, plots: Plots, one: _Hypothesis) -> fitting.Fit:
    problem = _problem(family, plots, one.burnout_s)
    starts = [one.x]
    if one.burnout_s == math.inf and plots.time_s[-1] - plots.time_s[0] < 15.0:
        starts += _first_guesses(family, float(plots.time_s[0]))
    best = min((problem.minimize(start) for start in starts), key=lambda fit: fit.cost)
    return fitting.minimize(problem.residuals, problem.slopes, best.x, enough=_ENOUGH)


def _first_guesses(family: TurningBoost, first_s: float) -> list[Array]:
    guesses = []
    for since in _STARTS_S:
        for heading in _HEADINGS:
            x = np.zeros(boosts.TURNING)
            x[boosts.LIFT_OFF] = (first_s - since - family.mean[boosts.LIFT_OFF]) / family.sigma[boosts.LIFT_OFF]
            x[boosts.HEADING] = heading
            guesses.append(x)
    return guesses


def _burnt(family: TurningBoost, x: Array, time_s: float) -> float:
    """Return how long it has burnt at a time, in sigmas of the burn time's prior from its mean."""
    lift_off = family.mean[boosts.LIFT_OFF] + x[boosts.LIFT_OFF] * family.sigma[boosts.LIFT_OFF]
    return float((time_s - lift_off - family.mean[boosts.BURN_TIME]) / family.sigma[boosts.BURN_TIME])


def _log_weight(family: TurningBoost, one: _Hypothesis, fit: fitting.Fit, scan: float) -> float:
    if one.burnout_s is None:
        return fit.log_evidence
    if one.burnout_s == math.inf:
        return fit.log_evidence + float(log_ndtr(-_burnt(family, fit.x, scan)))
    at = _burnt(family, fit.x, one.burnout_s)
    share = _APART_S / family.sigma[boosts.BURN_TIME]
    return fit.log_evidence - 0.5 * at * at + math.log(share / math.sqrt(2 * math.pi))


def _settle(family: TurningBoost, bank: list[_Hypothesis], scan: float) -> list[_Hypothesis]:
    """Return one hypothesis with the burn time free, once it surely and long since burnt out."""
    if any(h.burnout_s is None or h.burnout_s > scan - _SETTLED_S for h in bank):
        return bank
    best = max(bank, key=lambda h: h.log_weight)
    x = best.x.copy()
    x[boosts.BURN_TIME] = _burnt(family, x, best.burnout_s or 0.0)
    return [_Hypothesis(None, x)]


_COLUMNS = np.concatenate([np.arange(6), [DRAG], np.arange(SIZE, SIZE + boosts.TURNING)])
"""Where an ascent's moments stand in the tracker's state with its columns beyond it."""


def coast_on(
    ascent: Ascent, times: Array, radar: Array, noise: Array, eye: Array, enu: Array, law: Law
) -> list[Ascent]:
    """Return the moments after each radar plot (k, 3) of the coast, by the tracker's filter.

    `times` (k,); `noise` (3,) variances of range, azimuth, elevation; place (3,) and axes (3, 3) of the radar.
    """
    n = SIZE + boosts.TURNING
    mean, covariance = np.zeros(n), np.eye(n)
    mean[_COLUMNS] = ascent.mean
    square = np.ix_(_COLUMNS, _COLUMNS)
    covariance[square] = ascent.covariance
    whole = np.concatenate([[ascent.time_s], times])
    means, covariances = follow_coast(mean, covariance, whole, radar, noise, eye, enu, law)
    return [
        Ascent(float(t), m[_COLUMNS], p[square], 0.0, ascent.coasted_s + float(t) - ascent.time_s)
        for t, m, p in zip(times, means, covariances, strict=True)
    ]


_DRAGS = np.arange(-6, 7) * 0.5
_DRAG_KERNEL = 0.4


def follow_coast(
    mean: Array, covariance: Array, times: Array, radar: Array, noise: Array, eye: Array, enu: Array, law: Law
) -> tuple[Array, Array]:
    """Return means (k, n) and covariances (k, n, n) after each plot (k, 3) of a coast whose drag is not known.

    `times` (k + 1,) begin with the state's. Drag grows so fast in re-entry that position and ln(drag) lie on a
    bent line; a bank of filters, each for a narrow part of the prior of ln(drag), follows the bend: kernels half a
    sigma apart, as in `_along_valley`, weighed by the likelihood of their plots.
    """
    spread = covariance[DRAG] / math.sqrt(covariance[DRAG, DRAG])
    k, n = len(radar), len(mean)
    part = covariance - np.outer(spread, spread) / (1.0 + _DRAG_KERNEL**2)
    means, covariances = np.empty((len(_DRAGS), k, n)), np.empty((len(_DRAGS), k, n, n))
    log_weight = np.empty((len(_DRAGS), k))
    for i, at in enumerate(_DRAGS):
        nis = np.empty(k)
        start = mean + spread * at / (1.0 + _DRAG_KERNEL**2)
        ekf_run(start, part, COAST, times, radar, noise, eye, enu, -1, law, means[i], covariances[i], nis)
        narrow = _log_narrowing(means[i], covariances[i], noise, eye, enu)
        log_weight[i] = -0.5 * at * at / (1.0 + _DRAG_KERNEL**2) + np.cumsum(0.5 * (narrow - nis))
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight /= weight.sum(axis=0)
    mixed = np.einsum("ik,ikn->kn", weight, means)
    off = means - mixed
    within = np.einsum("ik,iknm->knm", weight, covariances)
    return mixed, within + np.einsum("ik,ikn,ikm->knm", weight, off, off)


def _log_narrowing(means: Array, covariances: Array, noise: Array, eye: Array, enu: Array) -> Array:
    """Return ln det(R) - ln det(S) of each update (k,), from the state after it.

    With P the covariance after, R - H P H' = R inv(S) R.
    """
    slope = np.array([look_derivative(x[:6], eye, enu)[:3, :3] for x in means]) / np.sqrt(noise)[:, None]
    after = np.einsum("kia,kab,kjb->kij", slope, covariances[:, :3, :3], slope)
    return np.asarray(np.log(np.maximum(np.linalg.det(np.eye(3) - after), 1e-300)))


def _moments(family: TurningBoost, plots: Plots, bank: list[_Hypothesis], scan: float) -> Ascent:
    weight = np.exp([one.log_weight for one in bank])
    weight = weight / weight.sum()
    parts = [
        _along_valley(family, plots, one, scan, w > _WORTH_A_VALLEY) for one, w in zip(bank, weight, strict=True)
    ]
    mean, covariance = _mixed(weight, parts)
    burning = sum(float(w) for w, h in zip(weight, bank, strict=True) if h.burnout_s == math.inf)
    free = bank[0].burnout_s is None
    coasted = (_burnt(family, bank[0].x, scan) - bank[0].x[boosts.BURN_TIME]) * family.sigma[boosts.BURN_TIME]
    return Ascent(scan, mean, covariance, burning, float(coasted) if free else 0.0)


def _mixed(weight: Array, parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Return mean and covariance of a mixture of moments."""
    means = np.array([mean for mean, _ in parts])
    mean = weight @ means
    off = means - mean
    within = np.tensordot(weight, np.array([covariance for _, covariance in parts]), axes=1)
    return mean, within + (weight[:, None] * off).T @ off


def _along_valley(
    family: TurningBoost, plots: Plots, one: _Hypothesis, scan: float, bent: bool
) -> tuple[Array, Array]:
    """Return moments of one hypothesis: a mixture along the lift-off time, where the posterior bends most.

    Normal kernels at equal distances add up to a constant, so that the posterior is the sum of its products with
    them; each of these is narrow enough for Laplace's approximation.
    """
    problem = _problem(family, plots, one.burnout_s)
    if not bent:
        return _one_moments(family, problem, one, scan)
    _, slope = problem.slopes(one.x)
    information, _ = fitting.normal_equations(one.x, np.zeros(len(slope)), slope)
    toward = fitting.Fit(one.x, 0.0, information).covariance[boosts.LIFT_OFF]
    sigma = math.sqrt(toward[boosts.LIFT_OFF])
    parts, log_weight = [], []
    for off in np.arange(-_NODES, _NODES + 1) * _SPACING:
        held = replace(problem, held=(boosts.LIFT_OFF, one.x[boosts.LIFT_OFF] + off * sigma, _KERNEL * sigma))
        start = one.x + toward * off / (sigma * (1.0 + _KERNEL**2))
        fit = fitting.minimize(held.residuals, held.slopes, start, enough=_NEAR)
        log_weight.append(fit.log_evidence)
        parts.append(_one_moments(family, held, replace(one, x=fit.x), scan))
    return _mixed(normalize_log(np.array(log_weight))[0], parts)


def _one_moments(family: TurningBoost, problem: PlotFit, one: _Hypothesis, scan: float) -> tuple[Array, Array]:
    states, by = problem.states(one.x, np.array([scan]))
    residual, slope = problem.slopes(one.x)
    information, _ = fitting.normal_equations(one.x, residual, slope)
    covariance = fitting.Fit(one.x, 0.0, information).covariance
    mean, spread = one.x.copy(), np.eye(boosts.TURNING)
    added = np.zeros(boosts.TURNING)
    ahead = np.zeros((STATE, boosts.TURNING))
    ahead[:6] = by[0]
    ahead[6, boosts.LOG_DRAG] = family.sigma[boosts.LOG_DRAG]
    if one.burnout_s is not None:
        spread[boosts.BURN_TIME] = 0.0
        mean[boosts.BURN_TIME], added[boosts.BURN_TIME] = _burn_time(family, one, scan, spread)
    value = np.concatenate([states[0], [family.mean[boosts.LOG_DRAG] + ahead[6] @ one.x]])
    whole = np.concatenate([ahead, spread])
    return np.concatenate([value, mean]), whole @ covariance @ whole.T + _between(problem, one, scan, added)


def _burn_time(family: TurningBoost, one: _Hypothesis, scan: float, spread: Array) -> tuple[float, float]:
    """Return mean and variance of the burn time (prior sigmas), and write how it follows the lift-off."""
    assert one.burnout_s is not None
    if one.burnout_s == math.inf:
        low = _burnt(family, one.x, scan)
        hazard = math.exp(-0.5 * low * low - 0.5 * math.log(2 * math.pi) - float(log_ndtr(-low)))
        return hazard, max(1.0 + low * hazard - hazard * hazard, 1e-6)
    sigma = family.sigma[boosts.BURN_TIME]
    spread[boosts.BURN_TIME, boosts.LIFT_OFF] = -family.sigma[boosts.LIFT_OFF] / sigma
    return _burnt(family, one.x, one.burnout_s), _APART_S**2 / 12.0 / sigma**2


def _between(problem: PlotFit, one: _Hypothesis, scan: float, added: Array) -> Array:
    """Return the covariance (16, 16) that the burnout's place between scans adds."""
    out = np.zeros((STATE + boosts.TURNING, STATE + boosts.TURNING))
    at = STATE + boosts.BURN_TIME
    out[at, at] = added[boosts.BURN_TIME]
    if one.burnout_s is None or one.burnout_s == math.inf:
        return out
    assert isinstance(problem.family, TurningBoost)
    early = replace(problem.family, burnout_s=one.burnout_s - 0.25 * _APART_S)
    late = replace(problem.family, burnout_s=one.burnout_s + 0.25 * _APART_S)
    when = np.array([scan])
    rate = np.zeros(len(out))
    rate[:6] = (late.paths(one.x[None], when) - early.paths(one.x[None], when))[0, 0] / (0.5 * _APART_S)
    rate[at] = 1.0 / problem.family.sigma[boosts.BURN_TIME]
    return np.outer(rate, rate) * _APART_S**2 / 12.0
