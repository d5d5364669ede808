"""Do the claim posterior's intervals hold? Flights drawn from the prior, claims from the error model."""

import numpy as np
import pytest

from launchwatch.estimate.fuse.figures import CARELESS, GROSS, claim_sigma
from launchwatch.estimate.fuse.posterior import flown, from_claims
from launchwatch.estimate.fuse.prior import PRIORS, draw_latents, to_rows
from launchwatch.flight.propagation import IMPACT, STATUS, fly_batch
from launchwatch.geo.places import resolve_place, sample_area
from tests.estimate.scenes import claim

RUNS = 100
AREA = "Taegwan, North Pyongan Province"


def truths(rng):
    """Return flights drawn as the model draws them, launched from the named area."""
    shares = np.array([prior.share for prior in PRIORS.values()])
    x, group = draw_latents(4 * RUNS, rng, shares)
    lat, lon = sample_area(resolve_place(AREA), len(x), rng)
    rows = to_rows(x, group, (0.7018, 2.1851))
    rows[:, 0], rows[:, 1] = lat, lon
    outcomes = fly_batch(rows, tolerance_m=30.0)
    fell = np.flatnonzero(outcomes[:, STATUS] == IMPACT)
    return flown(rows, np.nan_to_num(outcomes, nan=1e7)), rng.permutation(fell)[:RUNS]


def said_of(attribute, value, rng):
    """Return what a speaker would say of a true value: careless or grossly wrong now and then."""
    if rng.random() < GROSS:
        return value * float(np.exp(0.5 * rng.normal()))
    wider = 3.0 if rng.random() < CARELESS else 1.0
    return float(max(value + wider * rng.normal() * claim_sigma(attribute, value), 1.0))


@pytest.mark.slow
def test_intervals_of_claim_posteriors_cover():
    """Central 90 % intervals of range, apogee and flight time hold the truth in 81 to 99 % of a hundred flights.

    Binomial: 90 % of 100 is 90 +- 3; the band is three sigmas to each side.
    """
    rng = np.random.default_rng(11)
    flights, chosen = truths(rng)
    held = {"range_m": 0, "apogee_m": 0, "flight_time_s": 0}
    for i in chosen:
        truth = {"range_km": flights.range_m[i] / 1e3, "apogee_km": flights.apogee_m[i] / 1e3}
        figures = {name: said_of(name, value, rng) for name, value in truth.items()}
        claims = [claim(1, "launch_area", AREA, "Japan MOD")]
        claims += [claim(n, name, value, "Japan MOD") for n, (name, value) in enumerate(figures.items(), start=2)]
        found = from_claims(claims, country="North Korea", date=None, rng=np.random.default_rng(i), particles=800)
        for name in held:
            low, high = np.quantile(getattr(found.samples, name), [0.05, 0.95])
            held[name] += bool(low <= getattr(flights, name)[i] <= high)
    shares = {name: hits / RUNS for name, hits in held.items()}
    assert all(0.81 <= share <= 0.99 for share in shares.values()), shares
