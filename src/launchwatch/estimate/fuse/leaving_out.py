"""Posteriors with part of the evidence left out: predictions of single claims, and each speaker's own flight."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.bayes.sampling import (
    effective_sample_size,
    normalize_log,
    systematic_resample,
    weighted_quantile,
)
from launchwatch.estimate.fuse.evidence import CLOCKS, Pool
from launchwatch.estimate.fuse.expected_clocks import instant_expected
from launchwatch.estimate.fuse.figures import ABOVE, claim_sigma, quantity
from launchwatch.estimate.fuse.likelihood import Observation, Subject, Word, stated_azimuth
from launchwatch.estimate.fuse.posterior import Posterior
from launchwatch.estimate.fuse.timing import ClockWord, Timing, joined
from launchwatch.facts import Claim, ClaimPrediction, FlightSamples, View
from launchwatch.facts.prediction import STRAINED
from launchwatch.facts.speakers import AUTHORITY_ERROR, OUTLET, offset_of, state_of

Array = NDArray[np.float64]

VIEW_SAMPLES = 1000

REST_GROSS = 0.002
"""Probability of a gross error that the rest is granted when a claim is held against it.

The question is whether the claim fits if the others were told as well as figures commonly are: with the
posterior's 7 % each of them would be excused before it is heard. Not zero, so that two of three can outvote one.
"""

Estimator = Callable[[list[Claim]], Posterior]
"""Estimates a flight again with the given claims left out."""

_MOST_SUSPECTS = 4


def predict_claims(posterior: Posterior, estimator: Estimator | None = None) -> list[ClaimPrediction]:
    """Return the leave-one-out prediction of every claim that entered, clocks included.

    All claims of the claim's own observation are left out, since they are one office's word. Where too few of the
    posterior's pool fit the rest, the flight is estimated again without them, if `estimator` is given. The
    observation that set the prior launch area cannot be left out, and is predicted by nothing.

    A claim that does not fit spoils the prediction of those that it contradicts. Where leaving one out lets all
    others fit each other, and it fits none of what is left, they are predicted without it: `doubted` names it.
    """
    return Rests(posterior, estimator).predictions()


def _clear_bystanders(found: dict[str, list[ClaimPrediction]], rests: "Rests") -> None:
    """Predict anew, without the culprit, what only one other claim contradicts."""
    flagged = sorted((p, name) for name, group in found.items() if (p := _lowest(group)) < STRAINED)
    suspects = [name for _, name in flagged[:_MOST_SUSPECTS]]
    if not 2 <= len(flagged) <= _MOST_SUSPECTS:
        return
    cleared: list[tuple[str, dict[str, list[ClaimPrediction]]]] = []
    for suspect in suspects:
        anew = {}
        for other in (name for name in suspects if name != suspect):
            mine, theirs = rests.predict(suspect, other), rests.predict(other, suspect)
            if _lowest(mine) >= STRAINED or _lowest(theirs) < STRAINED:
                break
            anew[other] = theirs
        else:
            cleared.append((suspect, anew))
    if len(cleared) == 1:
        culprit, anew = cleared[0]
        for name, group in anew.items():
            found[name] = [replace(p, doubted=found[culprit][0].claim) for p in group]


def _lowest(group: Sequence[ClaimPrediction]) -> float:
    """Return the lowest p-value among predictions that tell anything; 1 where none does."""
    return min((p.p_value for p in group if p.p_value is not None and p.tells), default=1.0)


@dataclass(frozen=True)
class Rest:
    """The flights that fit part of the evidence, how many independent ones, and what that part is."""

    samples: FlightSamples
    weight: Array
    size: float
    basis: tuple[Claim, ...]


@dataclass
class Rests:
    """A posterior with observations left out, each estimated once; clocks are observations here too.

    `estimator` estimates the flight again with claims left out, where the posterior's pool has too few flights.
    """

    posterior: Posterior
    estimator: Estimator | None
    _known: dict[frozenset[str], Rest] = field(default_factory=dict)
    _again: dict[frozenset[str], Posterior | None] = field(default_factory=dict)

    @cached_property
    def observations(self) -> dict[str, Observation]:
        """Return the posterior's observations by id."""
        return {o.id: o for o in self.posterior.observations}

    @cached_property
    def clocks(self) -> dict[str, ClockWord]:
        """Return the offices' clocks by the id of their observation."""
        return {f"{word.attribute}/{word.office}": word for word in self.posterior.timing.words}

    def predictions(self) -> list[ClaimPrediction]:
        """Return the prediction of every claim (see `predict_claims`)."""
        found: dict[str, list[ClaimPrediction]] = {}
        for observation in self.posterior.observations:
            if self.posterior.prior_claim in {claim.id for claim in observation.claims}:
                found[observation.id] = [_unpredicted(claim, observation.id) for claim in observation.claims]
            else:
                found[observation.id] = self.predict(observation.id)
        for name in self.clocks:
            found[name] = self.predict(name)
        _clear_bystanders(found, self)
        return [prediction for group in found.values() for prediction in group]

    def predict(self, name: str, *without: str) -> list[ClaimPrediction]:
        """Return the predictions of an observation's claims from all but it and those named."""
        left = frozenset((name, *without))
        if name in self.clocks:
            return self._predict_clock(self.clocks[name], left)
        rest = self.rest(left)
        return [predict_word(word, name, rest) for word in self.observations[name].words]

    def _predict_clock(self, word: ClockWord, left: frozenset[str]) -> list[ClaimPrediction]:
        name = f"{word.attribute}/{word.office}"
        others = [clock for key, clock in self.clocks.items() if key not in left]
        # The clocks that are left enter one by one below, not as the joined flight time.
        rest = self.rest(left | set(self.clocks))
        if self.posterior.tracks:
            others = []
        if not others and not (self.posterior.tracks and np.isfinite(rest.samples.launch_time_s).all()):
            return [_unpredicted(claim, name) for claim in word.said]
        below, offsets, share = instant_expected(word, others, rest.samples, rest.weight, REST_GROSS)
        p_value = min(1.0, 2 * min(below, 1 - below))
        low, middle, high = (v / 60 for v in weighted_quantile(offsets, share, (0.05, 0.5, 0.95)))
        if any(clock.attribute == word.attribute for clock in others):
            rest = replace(rest, size=float(len(rest.weight)))  # no flight comes between two clocks of one instant
        basis = (*(clock.said[0] for clock in others), *rest.basis)
        return [ClaimPrediction(claim, name, p_value, low, middle, high, rest.size, basis) for claim in word.said]

    def rest(self, left: frozenset[str]) -> Rest:
        """Return the flights that fit everything but the named observations."""
        if left not in self._known:
            self._known[left] = self._find(left)
        return self._known[left]

    def without(self, left: frozenset[str]) -> Rest:
        """Return the flight as it would be believed without the named observations.

        Unlike `rest`, which takes the others at their word, it hears them as the posterior does.
        """
        pool = self.posterior.pool
        if self.posterior.tracks:
            base = pool.log_weight([CLOCKS if name in self.clocks else name for name in left])
        else:
            base = pool.base + self._said_loosely(pool.samples, left)
        found = self._weighed(pool.samples, base, left)
        if found.size >= ENOUGH or self.estimator is None:
            return found
        if left not in self._again:
            self._again[left] = self._estimate(left)
        again = self._again[left]
        if again is None:
            return found
        own = again.samples
        return max(
            found, replace(found, samples=own, weight=own.weight, size=float(len(own))), key=lambda r: r.size
        )

    def _find(self, left: frozenset[str]) -> Rest:
        pool = self.posterior.pool
        best = self._weighed(pool.samples, pool.base + self._said(pool.samples, left), left)
        if best.size >= ENOUGH or self.estimator is None:
            return best
        for fewer in sorted((s for s in self._again if s < left), key=len, reverse=True):
            again = self._again[fewer]
            if again is not None:
                found = self._weighed(
                    again.pool.samples, again.pool.base + self._said(again.pool.samples, left), left
                )
                best = max(best, found, key=lambda rest: rest.size)
        if best.size >= ENOUGH:
            return best
        if left not in self._again:
            self._again[left] = self._estimate(left)
        again = self._again[left]
        if again is None:
            return best
        own = again.samples
        log_weight = self._said(own, left) - self._said_loosely(own, left)
        return max(best, self._weighed(own, log_weight, left), key=lambda rest: rest.size)

    def _estimate(self, left: frozenset[str]) -> Posterior | None:
        claims = [c for name in sorted(left) for c in self._claims(name)]
        try:
            return self.estimator(claims) if self.estimator is not None else None
        except NoEvidenceError:
            return None

    def _claims(self, name: str) -> tuple[Claim, ...]:
        return self.clocks[name].said if name in self.clocks else self.observations[name].claims

    def _weighed(self, samples: FlightSamples, log_weight: Array, left: frozenset[str]) -> Rest:
        weight = normalize_log(log_weight)[0]
        basis = tuple(o.claims[0] for o in self._others(left))
        return Rest(samples, weight, effective_sample_size(weight), basis)

    def _others(self, left: frozenset[str]) -> list[Observation]:
        prior = self.posterior.prior_claim
        return [
            o
            for o in self.posterior.observations
            if o.id not in left and prior not in {claim.id for claim in o.claims}
        ]

    def _said(self, samples: FlightSamples, left: frozenset[str]) -> Array:
        """Return what the rest says of flights (n,), taken at its word."""
        if not self.posterior.tracks:
            total = self._timing(left).flight_time_log_likelihood(samples.flight_time_s, REST_GROSS)
        else:
            total = self._timing(left).launch_log_likelihood(
                samples.launch_time_s, samples.flight_time_s, REST_GROSS
            )
        for observation in self._others(left):
            total = total + observation.at_its_word(samples, REST_GROSS)
        return total

    def _said_loosely(self, samples: FlightSamples, left: frozenset[str]) -> Array:
        """Return what the rest says of flights (n,), as the posterior hears it."""
        total = self._timing(left).flight_time_log_likelihood(samples.flight_time_s)
        for observation in self._others(left):
            total = total + observation.log_likelihood(samples)
        return total

    def _timing(self, left: frozenset[str]) -> Timing:
        kept = [word for name, word in self.clocks.items() if name not in left]
        return self.posterior.timing if len(kept) == len(self.clocks) else joined(kept)


ENOUGH = 100.0
"""Effective samples of the pool below which the rest is estimated again: p-values of 5 % within 2 %."""


def predict_word(word: Word, observation: str, rest: Rest) -> ClaimPrediction:
    """Return what flights that fit the rest predict for one claim of an observation."""
    if word.agreement is None:
        return _predict_figure(word, observation, rest)
    if word.subject is Subject.AZIMUTH:
        return _predict_direction(word, observation, rest)
    return _predict_category(word, observation, rest)


def _unpredicted(claim: Claim, observation: str) -> ClaimPrediction:
    return ClaimPrediction(claim, observation, None, math.nan, math.nan, math.nan, 0.0)


_NORMAL_NODES = ndtri((np.arange(15) + 0.5) / 15)
"""Equally likely points of a standard normal: a speaker's error on each sample, without a draw."""


def _predict_figure(word: Word, observation: str, rest: Rest) -> ClaimPrediction:
    claim, weight = word.claim, rest.weight
    truth = quantity(rest.samples, claim.attribute) * math.exp(offset_of(claim.attribute, claim.source))
    sigma = claim_sigma(claim.attribute, truth, outlet=claim.source == OUTLET)
    low, high = claim.ends
    if claim.qualifier == "at_least":
        lower = float(weight @ _said_below(low - truth, sigma, ABOVE * low + sigma))
        upper = 1 - lower
    elif claim.qualifier == "at_most":
        upper = float(weight @ _said_below(truth - high, sigma, ABOVE * high + sigma))
        lower = 1 - upper
    else:
        lower = float(weight @ ndtr((high - truth) / sigma))  # a figure this low or lower would be said
        upper = float(weight @ ndtr((truth - low) / sigma))
    said = (truth[:, None] + sigma[:, None] * _NORMAL_NODES).ravel()
    heard = np.repeat(weight / len(_NORMAL_NODES), len(_NORMAL_NODES))
    first, middle, last = weighted_quantile(said, heard, (0.05, 0.5, 0.95))
    p_value = min(1.0, 2 * min(upper, lower))
    return ClaimPrediction(claim, observation, p_value, first, middle, last, rest.size, rest.basis)


def _said_below(off: Array, sigma: Array, short: Array) -> Array:
    """Return P(e - d <= off) of an ordinary error e and a shortfall d, exponential with mean `short` (n,).

    "More than v" is said of a value some way above v (`figure_log_likelihood`); of twice v it is odd too.
    """
    tail = np.exp(np.minimum(off / short + 0.5 * np.square(sigma / short), 50.0))
    return np.asarray(np.minimum(ndtr(off / sigma) + tail * ndtr(-off / sigma - sigma / short), 1.0))


def _predict_direction(word: Word, observation: str, rest: Rest) -> ClaimPrediction:
    """Return the prediction of a stated azimuth or compass word, as degrees from it (positive: clockwise)."""
    claim = word.claim
    azimuth, sigma = stated_azimuth(claim)
    off = rest.samples.azimuth_rad - azimuth
    mean = math.atan2(float(rest.weight @ np.sin(off)), float(rest.weight @ np.cos(off)))
    about = np.angle(np.exp(1j * (off - mean)))
    said = (about[:, None] + sigma * _NORMAL_NODES).ravel()
    heard = np.repeat(rest.weight / len(_NORMAL_NODES), len(_NORMAL_NODES))
    low, middle, high = (math.degrees(v + mean) for v in weighted_quantile(said, heard, (0.05, 0.5, 0.95)))
    centre = math.radians(middle)
    said_off = abs(math.remainder(centre, 2 * math.pi))
    beside = about + mean - centre
    share = float(rest.weight @ (ndtr((beside - said_off) / sigma) + ndtr((-beside - said_off) / sigma)))
    if claim.polarity == "denied":
        assert word.agreement is not None
        share = float(np.clip(rest.weight @ word.agreement(rest.samples), 0.0, 1.0))
    return ClaimPrediction(claim, observation, share, low, middle, high, rest.size, rest.basis)


def _predict_category(word: Word, observation: str, rest: Rest) -> ClaimPrediction:
    """Return the share of the rest's posterior of which a category or area holds."""
    assert word.agreement is not None
    share = float(np.clip(rest.weight @ word.agreement(rest.samples), 0.0, 1.0))
    return ClaimPrediction(word.claim, observation, share, math.nan, math.nan, math.nan, rest.size, rest.basis)


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
