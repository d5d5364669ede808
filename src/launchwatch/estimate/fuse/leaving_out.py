"""Posteriors with part of the evidence left out: predictions of single claims, and each speaker's own flight."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.bayes.sampling import effective_sample_size, systematic_resample, weighted_quantile
from launchwatch.estimate.fuse.likelihood import Observation, Word, claim_sigma, quantity
from launchwatch.estimate.fuse.posterior import Pool, Posterior
from launchwatch.facts import Claim, ClaimPrediction, FlightSamples, View
from launchwatch.facts.speakers import AUTHORITY_ERROR, OUTLET, state_of

Array = NDArray[np.float64]

VIEW_SAMPLES = 1000


def predict_claims(posterior: Posterior) -> list[ClaimPrediction]:
    """Return the leave-one-out prediction of every claim that entered, clocks aside.

    All claims of the claim's own observation are left out, since they are one office's word. The observation that
    set the prior launch area cannot be left out, and is predicted by nothing.
    """
    pool = posterior.pool
    found = []
    for observation in posterior.observations:
        if posterior.prior_claim in {claim.id for claim in observation.claims}:
            found += [_unpredicted(claim, observation) for claim in observation.claims]
            continue
        weight = pool.weigh([observation.id])
        size = effective_sample_size(weight)
        for word in observation.words:
            predict = _predict_figure if word.agreement is None else _predict_category
            found.append(predict(word, observation, pool.samples, weight, size))
    return found


def _unpredicted(claim: Claim, observation: Observation) -> ClaimPrediction:
    return ClaimPrediction(claim, observation.id, None, math.nan, math.nan, math.nan, 0.0)


_NORMAL_NODES = ndtri((np.arange(15) + 0.5) / 15)
"""Equally likely points of a standard normal: a speaker's error on each sample, without a draw."""


def _predict_figure(
    word: Word, observation: Observation, samples: FlightSamples, weight: Array, size: float
) -> ClaimPrediction:
    claim = word.claim
    truth = quantity(samples, claim.attribute)
    sigma = claim_sigma(claim.attribute, truth, outlet=claim.source == OUTLET)
    ends = claim.value if isinstance(claim.value, tuple) else (claim.value, claim.value)
    low, high = sorted(float(end) for end in ends[:2])
    below = float(weight @ ndtr((high - truth) / sigma))  # a figure this low or lower would be said
    above = float(weight @ ndtr((truth - low) / sigma))
    p_value = {"at_least": above, "at_most": below}.get(claim.qualifier or "", min(1.0, 2 * min(above, below)))
    said = (truth[:, None] + sigma[:, None] * _NORMAL_NODES).ravel()
    heard = np.repeat(weight / len(_NORMAL_NODES), len(_NORMAL_NODES))
    first, middle, last = weighted_quantile(said, heard, (0.05, 0.5, 0.95))
    return ClaimPrediction(claim, observation.id, p_value, first, middle, last, size)


def _predict_category(
    word: Word, observation: Observation, samples: FlightSamples, weight: Array, size: float
) -> ClaimPrediction:
    """Return the share of the rest's posterior of which a category, area or direction holds."""
    assert word.agreement is not None
    share = float(np.clip(weight @ word.agreement(samples), 0.0, 1.0))
    return ClaimPrediction(word.claim, observation.id, share, math.nan, math.nan, math.nan, size)


Estimator = Callable[[list[Claim]], Posterior]
"""Estimates a flight again with the given claims left out."""


Doubt = Callable[[str, Sequence[Claim], Sequence[Claim]], bool]
"""Whether two states' claims on one attribute are worth a view each: they do not fit each other."""


def speaker_views(
    posterior: Posterior, rng: np.random.Generator, doubt: Doubt, estimator: Estimator | None = None
) -> list[View]:
    """Return, for each figure that states gave in doubt of each other, the flight with each of them alone.

    A view leaves out the other states' figures for that attribute. It is estimated anew by `estimator`, or where
    none is given weighed from the posterior's pool, which suffices where the pool is a track's.
    """
    return [
        view for attribute in AUTHORITY_ERROR for view in _views_of(posterior, attribute, rng, doubt, estimator)
    ]


def _views_of(
    posterior: Posterior, attribute: str, rng: np.random.Generator, doubt: Doubt, estimator: Estimator | None
) -> Iterator[View]:
    states: dict[str, list[Observation]] = defaultdict(list)
    for observation in posterior.observations:
        if observation.attribute == attribute and observation.office != OUTLET:
            states[state_of(observation.office)].append(observation)
    said = {state: tuple(c for o in group for c in o.claims) for state, group in states.items()}
    if not any(doubt(attribute, said[a], said[b]) for a, b in combinations(sorted(said), 2)):
        return
    for state, claims in sorted(said.items()):
        others = [o for name, group in states.items() if name != state for o in group]
        if estimator is None:
            samples = _resampled(posterior.pool, [o.id for o in others], rng)
        else:
            samples = estimator([claim for o in others for claim in o.claims]).samples
        yield View(attribute, state, claims, samples)


def _resampled(pool: Pool, without: list[str], rng: np.random.Generator) -> FlightSamples:
    weight = pool.weigh(without)
    return pool.samples.take(systematic_resample(weight, VIEW_SAMPLES, rng))
