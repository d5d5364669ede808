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
    with np.errstate(divide="ignore"):
        log_weight = np.log(weight)
    before: list[Array] = []
    told_off: list[Array | None] = []
    log_shares: list[Array] = []
    for wrong in range(min(_MOST_WRONG, len(others)) + 1):
        for left_out in combinations(range(len(others)), wrong):
            right = [clock for k, clock in enumerate(others) if k not in left_out]
            chance = len(right) * math.log1p(-gross) + wrong * math.log(max(gross, 1e-300) / DAY_S)
            if right:
                log_fit, launch, variance = _launch_expected(right, flight_s)
            elif others:
                log_fit, launch, variance = np.zeros(len(flight_s)), None, math.inf
            else:
                log_fit, launch, variance = np.zeros(len(flight_s)), samples.launch_time_s, 0.0
            log_shares.append(log_weight + log_fit + chance)
            if launch is None:
                before.append(np.full(len(flight_s), 0.5))
                told_off.append(None)
                continue
            lands = word.attribute == "landing_time"
            off = _offset(launch + (flight_s if lands else 0.0), word.clock.time_s)
            sigma = math.hypot(math.sqrt(variance), word.clock.sigma_s)
            before.append(ndtr(-off / sigma))
            told_off.append((off[:, None] + sigma * _NODES).ravel())
    most = max(float(share.max()) for share in log_shares)
    shares = [np.exp(share - most) for share in log_shares]
    total = sum(float(share.sum()) for share in shares)
    below = sum(float(share @ chance) for share, chance in zip(shares, before, strict=True)) / total
    known = [
        (offsets, np.repeat(share / len(_NODES), len(_NODES)))
        for offsets, share in zip(told_off, shares, strict=True)
        if offsets is not None
    ]
    share = np.concatenate([own for _, own in known])
    if share.sum() == 0:
        return below, np.concatenate([offsets for offsets, _ in known]), np.full(len(share), 1 / len(share))
    return below, np.concatenate([offsets for offsets, _ in known]), share / share.sum()


_NODES = ndtri((np.arange(9) + 0.5) / 9)


def _launch_expected(right: Sequence[ClockWord], flight_s: Array) -> tuple[Array, Array, float]:
    """Return the log density (n,) of right clocks, and the launch that they mean: times (n,), s, and variance."""
    means = np.array(
        [
            clock.clock.time_s - (flight_s if clock.attribute == "landing_time" else 0.0 * flight_s)
            for clock in right
        ]
    )
    apart = _offset(means, means[0])  # from one of them: others 12 hours away from what is asked hang together
    sigma = np.array([clock.clock.sigma_s for clock in right])
    variance = 1 / float(np.sum(sigma**-2))
    middle = variance * (sigma**-2 @ apart)
    misfit = np.sum(np.square((apart - middle) / sigma[:, None]), axis=0)
    scale = (
        0.5 * math.log(2 * math.pi * variance) - np.sum(np.log(sigma * math.sqrt(2 * math.pi))) - math.log(DAY_S)
    )
    return -0.5 * misfit + scale, means[0] + middle, variance


def _offset(time_s: Array, reference_s: Array | float) -> Array:
    """Return how far times lie from a reference on a dial of 24 hours, s."""
    return np.asarray((time_s - reference_s + 0.5 * DAY_S) % DAY_S - 0.5 * DAY_S)
