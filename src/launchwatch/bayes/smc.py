"""Tempered sequential Monte Carlo over particles, with differential-evolution moves.

Del Moral, Doucet & Jasra, "Sequential Monte Carlo samplers", JRSS B 68 (2006); tempering steps chosen by effective
sample size as in Jasra, Stephens, Doucet & Tsagaris (2011); moves after ter Braak, "A Markov chain Monte Carlo
version of the genetic algorithm differential evolution", Stat. Comput. 16 (2006): x + g (x_a - x_b) + e, which
follows the population's shape and, with g = 1 now and then, jumps between its modes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.sampling import effective_sample_size, normalize_log, systematic_resample

Array = NDArray[np.float64]

_STEP_SHARE = 0.5  # each tempering step keeps half of the effective sample size
_JITTER = 1e-4
_MODE_JUMP = 0.1
_SMALLEST_GROUP = 8
_SHARED_COORDINATES = 0.5  # half of the proposals move about half of the coordinates only


@dataclass(frozen=True)
class Target:
    """What is sampled: `log_prior(x, group)` and `evaluate(x, group) -> (log likelihood, payload (n, k))`.

    x is (n, d); `group` (n,) are labels that never change, such as classes; the payload travels with its particle.
    """

    log_prior: Callable[[Array, NDArray[np.int64]], Array]
    evaluate: Callable[[Array, NDArray[np.int64]], tuple[Array, Array]]


@dataclass(frozen=True)
class Population:
    """Particles at the end: places (n, d), groups, payloads (n, k), log likelihoods, and how the run went."""

    x: Array
    group: NDArray[np.int64]
    payload: Array
    log_likelihood: Array
    log_evidence: float
    stages: int
    acceptance: float
    temperature: float
    waypoint: "Waypoint"


@dataclass(frozen=True)
class Waypoint:
    """Particles on the way, distributed as prior times likelihood to the power `temperature`.

    They are broad, and can be weighed to any posterior that leaves part of the likelihood out.
    """

    x: Array
    group: NDArray[np.int64]
    payload: Array
    temperature: float


def temper(
    x: Array,
    group: NDArray[np.int64],
    target: Target,
    rng: np.random.Generator,
    *,
    particles: int,
    moves: int = 3,
    stages: int = 60,
    waypoint: float | None = None,
    order: Callable[[Array], Array] | None = None,
) -> Population:
    """Carry draws from the prior, (n, d) with groups (n,), to `particles` draws from the posterior.

    `moves` Metropolis steps follow each resampling. A run that has not reached the posterior after `stages` steps
    stops where it is; its `temperature` is then below one. The particles at temperature `waypoint` are kept, or
    the last ones where it was not reached. Before resampling, particles are sorted by `order(payload)` (n,), which
    keeps the shares of separate modes along it (Gerber, Chopin & Whiteley, Ann. Statist. 47, 2019).
    """
    log_likelihood, payload = target.evaluate(x, group)
    if np.isnan(log_likelihood).any():
        raise ValueError("the likelihood of a particle is no number")
    log_prior = target.log_prior(x, group)
    temperature, log_evidence, stage, accepted = 0.0, 0.0, 0, 1.0
    kept: Waypoint | None = None
    while temperature < 1.0 and stage < stages:
        following = _next_temperature(log_likelihood, temperature)
        if waypoint is not None and temperature < waypoint < following:
            following = waypoint
        weight, log_mean = normalize_log((following - temperature) * log_likelihood)
        log_evidence += log_mean
        temperature, stage = following, stage + 1
        rank = np.arange(len(x)) if order is None else np.argsort(order(payload), kind="stable")
        index = rank[systematic_resample(weight[rank], particles, rng)]
        x, group, payload = x[index], group[index], payload[index]
        log_likelihood, log_prior = log_likelihood[index], log_prior[index]
        took = 0.0
        for _ in range(moves):
            proposal = _propose(x, group, rng)
            new_prior = target.log_prior(proposal, group)
            new_likelihood, new_payload = target.evaluate(proposal, group)
            gain = new_prior - log_prior + temperature * (new_likelihood - log_likelihood)
            take = np.log(rng.random(len(x))) < gain
            x = np.where(take[:, None], proposal, x)
            payload = np.where(take[:, None], new_payload, payload)
            log_likelihood = np.where(take, new_likelihood, log_likelihood)
            log_prior = np.where(take, new_prior, log_prior)
            took += float(take.mean()) / moves
        accepted = took
        if kept is None and waypoint is not None and temperature >= waypoint:
            kept = Waypoint(x, group, payload, temperature)
    if kept is None:
        kept = Waypoint(x, group, payload, temperature)
    return Population(x, group, payload, log_likelihood, log_evidence, stage, accepted, temperature, kept)


def _next_temperature(log_likelihood: Array, temperature: float) -> float:
    """Return the temperature at which the effective sample size has fallen to its share, by bisection."""
    goal = _STEP_SHARE * len(log_likelihood)

    def size(at: float) -> float:
        weight, log_mean = normalize_log((at - temperature) * log_likelihood)
        return effective_sample_size(weight) if np.isfinite(log_mean) else 0.0

    if size(1.0) >= goal:
        return 1.0
    low, high = temperature, 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if size(middle) >= goal else (low, middle)
    return max(high, temperature + 1e-9)


def _propose(x: Array, group: NDArray[np.int64], rng: np.random.Generator) -> Array:
    n, d = x.shape
    first = np.asarray(rng.integers(n, size=n))
    second = np.asarray(rng.integers(n, size=n))
    for label in np.unique(group):
        members = np.flatnonzero(group == label)
        if len(members) >= _SMALLEST_GROUP:
            first[members] = rng.choice(members, len(members))
            second[members] = rng.choice(members, len(members))
    moved = rng.random((n, d)) < np.where(rng.random(n) < _SHARED_COORDINATES, 0.5, 1.0)[:, None]
    count = np.maximum(moved.sum(axis=1), 1)
    scale = np.where(rng.random(n) < _MODE_JUMP, 1.0, 2.38 / np.sqrt(2 * count) * rng.uniform(0.3, 1.0, n))
    return np.asarray(x + moved * (scale[:, None] * (x[first] - x[second]) + _JITTER * rng.normal(size=(n, d))))
