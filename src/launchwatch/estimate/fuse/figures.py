"""How likely a figure is, given its true value: careful, careless or grossly wrong.

A figure v is its true value x with a speaker's error, now and then a careless one, or grossly wrong:

    p(v | x) = (1 - g) [(1 - c) N(v; x, s(x)) + c N(v; x, 3 s(x))]
             + g [0.9 LogNormal(v; ln x, 0.5) + 0.1 / (v ln 10^4)]

The contaminated normal is Tukey's (A survey of sampling from contaminated distributions, 1960, with 3 s). Scales
are learned from flights with two authorities' figures (facts/speakers).
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from launchwatch.facts import Claim, FlightSamples
from launchwatch.facts.speakers import AUTHORITY_ERROR, OUTLET, offset_of

Array = NDArray[np.float64]

GROSS = 0.07
"""Probability of a gross error: one pair in eight disagrees grossly, so one claim in fifteen."""

CARELESS = 0.1
"""Probability that a figure that is not grossly wrong errs three times as widely."""

ABOVE = 0.15
"""How far above v, as a share of it, the values are of which "more than v" is said; seldom twice v."""

_WIDER = 3.0
_GROSS_SPREAD = 0.5
_UNRELATED = 0.1
"""Share of gross errors that have nothing to do with the flight: without it, of two figures that contradict each
other, one between them that nobody told would be likelier than either."""

_DECADES = math.log(1e4)
_OUTLET_FACTOR = 1.5  # a figure without a speaker has passed through more hands


def claim_sigma(attribute: str, value: Array | float, *, outlet: bool = False) -> Array:
    """Return one authority's one-sigma error of a figure at a true value, in the attribute's own unit."""
    relative, absolute = AUTHORITY_ERROR[attribute]
    scale = np.hypot(relative * np.asarray(value, dtype=np.float64), absolute)
    return np.asarray(scale * (_OUTLET_FACTOR if outlet else 1.0))


def quantity(samples: FlightSamples, attribute: str) -> Array:
    """Return a flight's true value of a numeric attribute, in the attribute's unit."""
    if attribute == "range_km":
        return np.asarray(samples.range_m / 1e3)
    if attribute == "apogee_km":
        return np.asarray(samples.apogee_m / 1e3)
    if attribute == "flight_time_min":
        return np.asarray(samples.flight_time_s / 60)
    raise KeyError(attribute)


def figure_log_likelihood(
    claim: Claim, truth: Array, gross: float = GROSS, *, careless: float = CARELESS
) -> Array:
    """Return the log likelihood (n,) of a numeric claim at true values (n,).

    `gross` and `careless` are the probabilities of such errors.
    """
    truth = truth * math.exp(offset_of(claim.attribute, claim.source))
    sigma = claim_sigma(claim.attribute, truth, outlet=claim.source == OUTLET)
    low, high = claim.ends
    core = (1 - careless) * _density(claim.qualifier, low, high, truth, sigma)
    if careless > 0:
        core = core + careless * _density(claim.qualifier, low, high, truth, _WIDER * sigma)
    middle = claim.middle
    off = np.log(np.maximum(truth, 1e-3) / middle) / _GROSS_SPREAD
    wrong = np.exp(-0.5 * np.square(off)) / (middle * _GROSS_SPREAD * math.sqrt(2 * math.pi))
    wrong = (1 - _UNRELATED) * wrong + _UNRELATED / (middle * _DECADES)
    return np.asarray(np.log((1 - gross) * core + gross * wrong + 1e-300))


def _density(qualifier: str | None, low: float, high: float, truth: Array, sigma: Array) -> Array:
    """Return the density (n,) of what is said with a normal error: a value, a span, or a bound on one side."""
    if qualifier == "at_least":
        above = np.exp(-np.maximum(truth - low, 0) / (ABOVE * low + sigma))
        return np.asarray(ndtr((truth - low) / sigma) * above / (ABOVE * low + sigma))
    if qualifier == "at_most":
        # "at most v" is said of values some way below v, as "more than" of values above: a density over v.
        below = np.exp(-np.maximum(high - truth, 0) / (ABOVE * high + sigma))
        return np.asarray(ndtr((high - truth) / sigma) * below / (ABOVE * high + sigma))
    if high > low:
        return np.asarray((ndtr((truth - low) / sigma) - ndtr((truth - high) / sigma)) / (high - low))
    return np.asarray(np.exp(-0.5 * np.square((low - truth) / sigma)) / (sigma * math.sqrt(2 * math.pi)))


def told_quantiles(attribute: str, truth: Array, weight: Array, levels: tuple[float, ...]) -> tuple[float, ...]:
    """Return quantiles of what an authority would tell of a flight with true values (n,) of some weights (n,)."""
    sigma = claim_sigma(attribute, truth)

    def careful(v: float, scale: Array) -> Array:
        negative = ndtr(-truth / scale)  # such figures are not told
        return np.asarray((ndtr((v - truth) / scale) - negative) / (1 - negative))

    def below(log_v: float) -> float:
        v = math.exp(log_v)
        core = (1 - CARELESS) * careful(v, sigma) + CARELESS * careful(v, _WIDER * sigma)
        far = log_v - np.log(truth)
        wrong = (1 - _UNRELATED) * ndtr(far / _GROSS_SPREAD) + _UNRELATED * np.clip(far / _DECADES + 0.5, 0, 1)
        return float(weight @ ((1 - GROSS) * core + GROSS * wrong))

    ends = math.log(float(truth.min())) - 12.0, math.log(float((truth + 10 * _WIDER * sigma).max())) + 6.0
    return tuple(math.exp(brentq(lambda log_v, p=p: below(log_v) - p, *ends)) for p in levels)
