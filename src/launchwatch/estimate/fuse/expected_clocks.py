"""Where the other clocks and the flights expect an instant that a clock tells."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.estimate.fuse.timing import DAY_S, ClockWord
from launchwatch.facts import FlightSamples

Array = NDArray[np.float64]

_MOST_WRONG = 2


def instant_expected(
    word: ClockWord, others: Sequence[ClockWord], samples: FlightSamples, weight: Array, gross: float
) -> tuple[float, Array, Array]:
    """Return how probably an earlier instant than a clock's would be told, and where others expect it.

    The latter are offsets (k,) from the clock, s, and their weights (k,), the clock's own error included. Each
    other clock is right, or with probability `gross` shows any hour of the day; all sets of at most two wrong ones
    are weighed by how well those left agree through the flight times of the samples (n,). Without any other clock
    the samples' own launch times tell, as a track's do.
    """
    flight_s = samples.flight_time_s
    below, offsets, shares = 0.0, [], []
    total = 0.0
    for wrong in range(min(_MOST_WRONG, len(others)) + 1):
        for left_out in combinations(range(len(others)), wrong):
            right = [clock for k, clock in enumerate(others) if k not in left_out]
            log_fit, launch, variance = _launch_expected(word, right, flight_s)
            if not others:
                launch, variance, right = _offset(samples.launch_time_s, word.clock.time_s), 0.0, [word]
            share = weight * np.exp(log_fit) * (1 - gross) ** len(right) * (gross / DAY_S) ** wrong
            total += float(share.sum())
            if not right:
                below += 0.5 * float(share.sum())
                continue
            told = launch + (flight_s if word.attribute == "landing_time" else 0.0)
            sigma = math.hypot(math.sqrt(variance), word.clock.sigma_s)
            below += float(share @ ndtr(-told / sigma))
            offsets.append((told[:, None] + sigma * _NODES).ravel())
            shares.append(np.repeat(share / len(_NODES), len(_NODES)))
    share = np.concatenate(shares)
    return below / total, np.concatenate(offsets), share / share.sum()


_NODES = ndtri((np.arange(9) + 0.5) / 9)


def _launch_expected(word: ClockWord, right: Sequence[ClockWord], flight_s: Array) -> tuple[Array, Array, float]:
    """Return the log density (n,) of right clocks, and the launch that they mean: offsets (n,) and variance."""
    if not right:
        return np.zeros(len(flight_s)), np.zeros(len(flight_s)), math.inf
    means = np.array(
        [
            _offset(np.full(len(flight_s), clock.clock.time_s), word.clock.time_s)
            - (flight_s if clock.attribute == "landing_time" else 0.0)
            for clock in right
        ]
    )
    sigma = np.array([clock.clock.sigma_s for clock in right])
    variance = 1 / float(np.sum(sigma**-2))
    launch = variance * (sigma**-2 @ means)
    misfit = np.sum(np.square((means - launch) / sigma[:, None]), axis=0)
    scale = (
        0.5 * math.log(2 * math.pi * variance) - np.sum(np.log(sigma * math.sqrt(2 * math.pi))) - math.log(DAY_S)
    )
    return -0.5 * misfit + scale, launch, variance


def _offset(time_s: Array, reference_s: float) -> Array:
    """Return how far times (n,) lie from a reference on a dial of 24 hours, s."""
    return np.asarray((time_s - reference_s + 0.5 * DAY_S) % DAY_S - 0.5 * DAY_S)
