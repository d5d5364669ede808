"""What kind of flight it was: how probable a cruise flight is beside a ballistic one, and the flights of both.

The odds are those of the kinds before evidence times the ratio of how probable the evidence is under either model.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes.sampling import normalize_log
from launchwatch.estimate.fuse.evidence import FEWEST_EFFECTIVE, Answer, Pool
from launchwatch.facts import Claim, Diagnostics, FlightSamples
from launchwatch.facts.speakers import office_of

Array = NDArray[np.float64]

PRIOR_ODDS = 0.05
"""Cruise flights to ballistic ones among launches of which no report tells the kind."""

_CALLED_BALLISTIC = 0.02 * 0.05
"""How often an office calls a cruise flight ballistic, over how often it so calls a ballistic one."""

NEGLIGIBLE = 0.005
"""Probability below which a kind of flight is left out of the answer."""


def prior_log_odds(claims: Iterable[Claim]) -> float:
    """Return the log odds of a cruise flight before the evidence that both models weigh.

    The word "ballistic" alone is no observation, since every flight of that model agrees with it.
    """
    offices = {
        office_of(claim.source)
        for claim in claims
        if (claim.attribute, claim.value) == ("missile_class", "ballistic")
        and claim.about == "main"
        and claim.condition is None
        and claim.polarity == "asserted"
    }
    return math.log(PRIOR_ODDS) + len(offices) * math.log(_CALLED_BALLISTIC)


def negligible(log_odds: float) -> bool:
    """Tell whether a kind with these log odds is left out."""
    return log_odds < math.log(NEGLIGIBLE / (1 - NEGLIGIBLE))


def joined(ballistic: Answer, cruise: Answer, prior: float, rng: np.random.Generator) -> Answer:
    """Return the flights of both models as often as each is probable; `prior` is the log odds of cruise before.

    The pool holds both, however improbable: without the words that decide between them either may be the rest's.
    """
    log_odds = prior + cruise.log_evidence - ballistic.log_evidence
    share = 0.0 if negligible(log_odds) else 1.0 if negligible(-log_odds) else 1 / (1 + math.exp(-log_odds))
    n = len(ballistic.samples)
    parts = [
        one.samples.take(np.sort(rng.permutation(len(one.samples))[:count]))
        for one, count in ((ballistic, n - round(share * n)), (cruise, round(share * n)))
        if count
    ]
    pools = [
        _scaled(ballistic.pool, ballistic.log_evidence),
        _scaled(cruise.pool, prior + cruise.log_evidence),
    ]
    pool = Pool(
        concatenated([one.samples for one in pools]),
        np.concatenate([one.base for one in pools]),
        {name: np.concatenate([one.parts[name] for one in pools]) for name in ballistic.pool.parts},
    )
    diagnostics = _diagnostics(
        [(1 - share, ballistic.diagnostics, "ballistic"), (share, cruise.diagnostics, "cruise")], n
    )
    return Answer(concatenated(parts), pool, diagnostics, math.nan)


def _scaled(pool: Pool, log_evidence: float) -> Pool:
    """Return a pool whose weights sum to the evidence: then those without an observation sum to the rest's."""
    log_weight = pool.log_weight()
    _, log_mean = normalize_log(log_weight)
    return Pool(pool.samples, pool.base + log_evidence - log_mean - math.log(len(log_weight)), pool.parts)


def concatenated(parts: Sequence[FlightSamples]) -> FlightSamples:
    """Return equally weighted samples of all parts, one after the other."""
    names = [field.name for field in fields(FlightSamples) if field.name != "weight"]
    table = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    n = len(table["range_m"])
    return FlightSamples(**table, weight=np.full(n, 1 / n))


def _diagnostics(parts: Sequence[tuple[float, Diagnostics, str]], samples: int) -> Diagnostics:
    """Return diagnostics of a mixture: of each kind's own, by its share, and the kind's name."""
    kept = [(share, one) for share, one, _ in parts if share > 0]
    names = " and ".join(name for share, _, name in parts if share > 0)
    size = 1 / sum(share**2 / max(one.effective_sample_size, 1e-9) for share, one in kept)
    return Diagnostics(
        method=f"{kept[0][1].method}, {names} flights",
        samples=samples,
        effective_sample_size=round(min(size, samples), 1),
        stages=max(one.stages for _, one in kept),
        split_difference=max(one.split_difference for _, one in kept),
        converged=all(one.converged for _, one in kept) and size >= FEWEST_EFFECTIVE,
    )
