"""Two published launches: one that fits in every word, one that two states told differently.

2023-06-15, Japan: 850 to 900 km at a height of about 50 km, 19:24 to 19:35, inside its economic zone
(https://news.ntv.co.jp/category/politics/dfeccc6d772d483a823086df0a81f875).
2025-11-07: South Korea 700 km (https://allthe.news/en/articles/north-korea-fires-suspected-short-range-ballistic-missile-toward-east-sea),
Japan 450 km and 50 km (https://github.com/nagix/nk-missile-tests/blob/a0cc658/data/test.en.json).
2017-07-04, North Korea: 933 km, 2,802 km, 39 minutes (https://missilethreat.csis.org/north-korea-tests-icbm/).
"""

import numpy as np
import pytest

from launchwatch.assess.consistency import judge
from launchwatch.assess.disagreements import disagree, find_disagreements
from launchwatch.estimate.fuse.leaving_out import predict_claims, speaker_views
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import from_claims
from launchwatch.flight.classes import QUASI_BALLISTIC
from launchwatch.geo.zones import load_zones
from tests.estimate.scenes import PLACE, SEOUL, TOKYO, claim

JAPAN = "Japan MOD"
JUNE = [
    claim(1, "launch_area", "Sunan", JAPAN),
    claim(2, "range_km", (850, 900), JAPAN, qualifier="range"),
    claim(3, "apogee_km", 50, JAPAN, qualifier="about"),
    claim(4, "flight_time_min", 11, JAPAN, qualifier="about"),
    claim(5, "launch_time", "19:24", JAPAN),
    claim(6, "landing_time", "19:35", JAPAN),
    claim(7, "eez", "inside", "Japan government", unit="Japan"),
]


def estimate(claims, date, seed=1):
    return from_claims(
        claims, country="North Korea", date=date, rng=np.random.default_rng(seed), particles=800, retries=0
    )


def verdicts(claims, date):
    found = estimate(claims, date)
    every = predict_claims(found, lambda left: estimate([c for c in claims if c not in left], date, 2))
    return found, {p.claim.id: judge(p) for p in every}


def test_a_flat_flight_of_eleven_minutes_is_quasi_ballistic_and_fits():
    """850 to 900 km at 50 km of height in 11 minutes needs lift, and nothing in it contradicts anything."""
    found, judged = verdicts(JUNE, "2023-06-15")
    assert np.mean(found.samples.class_index == QUASI_BALLISTIC) > 0.9
    assert {v.verdict for v in judged.values()} <= {"consistent", "untestable"}
    assert judged["c2"].verdict == judged["c5"].verdict == "consistent"


def test_two_states_figures_are_kept_and_explained():
    """700 and 450 km stay apart; each state's flight has its own probability of lying in Japan's zone."""
    claims = PLACE + SEOUL + TOKYO
    found = estimate(claims, "2025-11-07")
    views = speaker_views(
        found,
        np.random.default_rng(0),
        disagree,
        lambda left: estimate([c for c in claims if c not in left], "2025-11-07", 3),
    )

    def waters(state, samples):
        return float(samples.weight @ in_waters_of(state, samples.impact_lat_rad, samples.impact_lon_rad))

    (one,) = find_disagreements(views, load_zones(), [], [], waters)
    assert [view.value for view in one.views] == [700.0, 450.0]
    assert waters("JPN", found.samples) < 0.1
    assert all(view.impact_in_eez["JPN"] < 0.1 for view in one.views)
    factors = {e.name: e.bayes_factor for e in one.explanations}
    assert factors["ballistic extrapolation"] > 3
    assert factors["range and altitude swapped"] < 0.01


@pytest.mark.slow
def test_a_lofted_flight_told_too_short_and_in_another_zone():
    """Half an hour does not do for 2,802 km of height; 00:40 beside 09:40 and 10:19 is the same instant in UTC."""
    claims = [
        claim(1, "range_km", 933, "KCNA"),
        claim(2, "apogee_km", 2802, "South Korea JCS"),
        claim(3, "flight_time_min", 30, "US military"),
    ]
    _, judged = verdicts(claims, "2017-07-04")
    assert judged["c3"].verdict == "inconsistent"
    assert judged["c3"].reason.startswith("a flight to 2,802 km over 933 km lasts 3")
    assert judged["c3"].reason.endswith("minutes; 30 minutes is too short")
    clocks = [
        *claims[:2],
        claim(3, "launch_time", "00:40", JAPAN),
        claim(4, "launch_time", "09:40", "KCNA"),
        claim(5, "landing_time", "10:19", "South Korea JCS"),
    ]
    _, judged = verdicts(clocks, "2017-07-04")
    assert judged["c3"].verdict == "inconsistent"
    assert "taken for UTC" in judged["c3"].reason
    assert judged["c4"].verdict == judged["c5"].verdict == "consistent"
