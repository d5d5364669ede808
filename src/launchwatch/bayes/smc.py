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
_FEW = 0.25  # of the goal
_JITTER = 1e-4
_MODE_JUMP = 0.1
_FEWEST_PARTNERS = 8
_SHARES = np.array([0.2, 0.2, 0.4, 1.0])  # about how many of its coordinates a proposal moves


@dataclass(frozen=True)
class Target:
    """What is sampled: `log_prior(x, group)` and `evaluate(x, group) -> (log likelihood, payload (n, k))`.

    x is (n, d); `group` (n,) are labels that never change, such as classes; the payload travels with its particle.
    """

    log_prior: Callable[[Array, NDArray[np.int64]], Array]
    evaluate: Callable[[Array, NDArray[np.int64]], tuple[Array, Array]]


@dataclass(frozen=True)
class Population:
    """Particles at the end: places (n, d), groups, payloads (n, k), log likelihoods, and how the run went.

    Islands lie one after the other, equally large.
    """

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
    islands: int = 1,
    moves: int = 3,
    stages: int = 60,
    waypoint: float | None = None,
    order: Callable[[Array], Array] | None = None,
    log_weight: Array | None = None,
) -> Population:
    """Carry draws from the prior, (n, d) with groups (n,), to `particles` draws from the posterior.

    `moves` Metropolis steps follow each resampling, unless the first step reaches the posterior with as many
    effective samples as there shall be particles. Particles of the `islands` equal parts of x never meet: they
    are separate runs whose spread tells how well the answer is known, carried out with common temperatures. Draws
    beyond `particles` are spent on one long first step, as far as that many effective samples last; `log_weight`
    (n,) makes draws from elsewhere ones from the prior. A run that has not reached the posterior after `stages`
    steps stops where it is; its `temperature` is then below one. Draws at temperature `waypoint` are kept. Before
    resampling, particles are sorted by `order(payload)` (n,), which keeps the shares of separate modes along it
    (Gerber, Chopin & Whiteley, Ann. Statist. 47, 2019).
    """
    each = particles // islands
    log_likelihood, payload = target.evaluate(x, group)
    if np.isnan(log_likelihood).any():
        raise ValueError("the likelihood of a particle is no number")
    log_prior = target.log_prior(x, group)
    base = np.zeros(len(x)) if log_weight is None else log_weight
    way = 1.0 if waypoint is None else waypoint
    rank = np.zeros(len(x)) if order is None else order(payload)
    index = _resampled(way * log_likelihood + base, rank, islands, each, rng)
    kept = Waypoint(x[index], group[index], payload[index], way)
    temperature, log_evidence, stage, accepted = 0.0, 0.0, 0, 1.0
    while temperature < 1.0 and stage < stages:
        goal = particles if len(x) > particles else _STEP_SHARE * particles
        following = _next_temperature(log_likelihood, base, temperature, goal)
        step = (following - temperature) * log_likelihood + base
        sure = stage == 0 and following == 1.0 and effective_sample_size(normalize_log(step)[0]) >= particles
        log_evidence += normalize_log(step)[1] - normalize_log(base)[1]
        rank = np.zeros(len(x)) if order is None else order(payload)
        index = _resampled(step, rank, islands, each, rng)
        temperature, stage, base = following, stage + 1, np.zeros(len(index))
        x, group, payload = x[index], group[index], payload[index]
        log_likelihood, log_prior = log_likelihood[index], log_prior[index]
        partners = _Partners(group, islands)
        accepted = 0.0
        for _ in range(0 if sure else moves):
            proposal = _propose(x, partners, rng)
            new_prior = target.log_prior(proposal, group)
            new_likelihood, new_payload = target.evaluate(proposal, group)
            gain = new_prior - log_prior + temperature * (new_likelihood - log_likelihood)
            take = np.log(rng.random(len(x))) < gain
            x[take], payload[take] = proposal[take], new_payload[take]
            log_likelihood[take], log_prior[take] = new_likelihood[take], new_prior[take]
            accepted += float(take.mean()) / moves
    return Population(x, group, payload, log_likelihood, log_evidence, stage, accepted, temperature, kept)


def _resampled(
    log_weight: Array, rank: Array, islands: int, each: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the indices of `each` draws from every island, sorted by rank within it."""
    size = len(log_weight) // islands
    found = []
    for first in range(0, islands * size, size):
        weight, _ = normalize_log(log_weight[first : first + size])
        sorted_ = np.argsort(rank[first : first + size], kind="stable")
        found.append(first + sorted_[systematic_resample(weight[sorted_], each, rng)])
    return np.concatenate(found)


def _next_temperature(log_likelihood: Array, base: Array, temperature: float, goal: float) -> float:
    """Return the highest temperature that keeps a goal of effective samples.

    Else that which keeps half of the most that any step keeps; where that is few, the one that keeps most.
    """

    def size(at: float) -> float:
        weight, log_mean = normalize_log((at - temperature) * log_likelihood + base)
        return effective_sample_size(weight) if np.isfinite(log_mean) else 0.0

    if size(1.0) >= goal:
        return 1.0
    low, high = temperature, 1.0
    if size(temperature) < goal:  # draws from elsewhere: the weights grow more even before they grow less
        ladder = temperature + (1.0 - temperature) * 0.5 ** np.arange(1, 12)
        low = max(ladder, key=size)
        most = size(low)
        if most < _FEW * goal:
            return float(low)
        if most < goal:
            goal = _STEP_SHARE * most
    while high - low > 1e-3 * high:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if size(middle) >= goal else (low, middle)
    return max(high, temperature + 1e-9)


class _Partners:
    """Who may be whose partner: particles of one island and group; of the island where the group is small."""

    def __init__(self, group: NDArray[np.int64], islands: int) -> None:
        n = len(group)
        island = np.arange(n) // (n // islands)
        key = island * (int(group.max()) + 1) + group
        self._order = np.argsort(key, kind="stable")
        count = np.bincount(key)
        first = np.concatenate([[0], np.cumsum(count)[:-1]])
        few = count[key] < _FEWEST_PARTNERS
        self._first = np.where(few, island * (n // islands), first[key])
        self._count = np.where(few, n // islands, count[key])

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return a partner (n,) of every particle."""
        at = self._first + (rng.random(len(self._first)) * self._count).astype(np.int64)
        return np.asarray(self._order[at])


def _propose(x: Array, partners: _Partners, rng: np.random.Generator) -> Array:
    n, d = x.shape
    first, second = partners.draw(rng), partners.draw(rng)
    moved = rng.random((n, d)) < rng.choice(_SHARES, n)[:, None]
    count = np.maximum(moved.sum(axis=1), 1)
    scale = np.where(rng.random(n) < _MODE_JUMP, 1.0, 2.38 / np.sqrt(2 * count) * rng.uniform(0.3, 1.0, n))
    return np.asarray(x + moved * (scale[:, None] * (x[first] - x[second]) + _JITTER * rng.normal(size=(n, d))))
