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
from launchwatch.flight import boosts

Array = NDArray[np.float64]

STATE = 7
"""Position (m), velocity (m/s) and ln(C_D A / m / 1e-4 m^2/kg): the first columns of an ascent's moments."""

_ENOUGH = 1e-5  # decrease of the cost: the valleys are narrow, and the bank compares evidences
_PRUNED = 1e-4  # weight below which a hypothesis is given up
_APART_S = 1.0  # between burnouts of the bank: 70 m/s of thrust, below what radars tell in the first seconds
_SETTLED_S = 2.5  # after burnout, when the bank gives way to one parameter
_STARTS_S = (12.0, 25.0, 40.0)  # lift-off before the first plot
_HEADINGS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # sigmas


@dataclass(frozen=True)
class Ascent:
    """Moments at one scan: mean (7 + n,), covariance; then the unknowns in prior sigmas. `burning` a probability."""

    time_s: float
    mean: Array
    covariance: Array
    burning: float


@dataclass(frozen=True)
class _Hypothesis:
    """Burnout at a time, infinite while it burns, None where it is fitted; with the unknowns that fit best."""

    burnout_s: float | None
    x: Array
    log_weight: float = 0.0


def follow(family: TurningBoost, plots: Plots, scans: Iterable[float]) -> list[Ascent]:
    """Return the moments at each scan's time, from the plots until then; scans before the first plot have none.

    An infrared plot says that the motor burns yet.
    """
    bank: list[_Hypothesis] = []
    found = []
    for scan in scans:
        seen = plots.until(scan)
        if not len(seen.time_s):
            continue
        if not bank:
            bank = [_Hypothesis(math.inf, np.zeros(boosts.TURNING))]
        bank = _weigh(family, seen, _offspring(bank, scan), scan)
        found.append(_moments(family, seen, bank, scan))
        bank = _settle(family, bank, scan)
    return found


def _offspring(bank: list[_Hypothesis], scan: float) -> list[_Hypothesis]:
    """Return the bank with the hypothesis that it burnt out since the last scan."""
    burning = [h for h in bank if h.burnout_s == math.inf]
    return bank + [_Hypothesis(scan - 0.5 * _APART_S, h.x) for h in burning]


def _weigh(family: TurningBoost, plots: Plots, bank: list[_Hypothesis], scan: float) -> list[_Hypothesis]:
    lit = float(plots.time_s[plots.infrared].max(initial=-math.inf))
    fitted = []
    for one in (h for h in bank if h.burnout_s is None or h.burnout_s >= lit):
        fit = _fit(family, plots, one)
        fitted.append(_Hypothesis(one.burnout_s, fit.x, _log_weight(family, one, fit, scan)))
    weight, _ = normalize_log(np.array([one.log_weight for one in fitted]))
    kept = [replace(h, log_weight=math.log(w)) for h, w in zip(fitted, weight, strict=True) if w > _PRUNED]
    return kept


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


def _moments(family: TurningBoost, plots: Plots, bank: list[_Hypothesis], scan: float) -> Ascent:
    parts = [_one_moments(family, plots, one, scan) for one in bank]
    weight = np.exp([one.log_weight for one in bank])
    weight = weight / weight.sum()
    mean = sum(w * m for w, (m, _) in zip(weight, parts, strict=True))
    covariance = sum(
        w * (p + np.outer(m - mean, m - mean)) for w, (m, p) in zip(weight, parts, strict=True)
    )
    burning = sum(float(w) for w, h in zip(weight, bank, strict=True) if h.burnout_s == math.inf)
    return Ascent(scan, np.asarray(mean), np.asarray(covariance), burning)


def _one_moments(family: TurningBoost, plots: Plots, one: _Hypothesis, scan: float) -> tuple[Array, Array]:
    problem = _problem(family, plots, one.burnout_s)
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
