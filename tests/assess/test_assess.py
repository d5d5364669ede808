"""Zones, consistency and disagreements: what a flight means."""

import math

import numpy as np
import pytest

from launchwatch.assess.consistency import judge, not_weighed
from launchwatch.assess.disagreements import NONE, disagree, find_disagreements
from launchwatch.assess.zones import assess_zones
from launchwatch.estimate.fuse.leaving_out import speaker_views
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import from_claims
from launchwatch.facts import ClaimPrediction, FlightSamples, View
from launchwatch.geo.zones import load_zones
from tests.estimate.scenes import PLACE, SEOUL, TOKYO, claim


def samples_at(lat_deg, lon_deg, sigma_km=5.0, n=2000, **changes):
    """Return samples whose impacts scatter normally about a place."""
    rng = np.random.default_rng(1)
    lat = np.radians(lat_deg) + rng.normal(0, sigma_km / 6371, n)
    lon = np.radians(lon_deg) + rng.normal(0, sigma_km / 6371 / math.cos(math.radians(lat_deg)), n)
    fields = {name: np.zeros(n) for name in FlightSamples.__dataclass_fields__}
    fields |= {
        "impact_lat_rad": lat, "impact_lon_rad": lon, "weight": np.full(n, 1 / n), "range_m": np.full(n, 7e5),
        "apogee_m": np.full(n, 5e4), "flight_time_s": np.full(n, 480.0),
        "class_index": np.zeros(n, dtype=np.int64), "path_parameters": np.empty((n, 0)), **changes,
    }  # fmt: skip
    return FlightSamples(**fields)


def verdict(lat, lon, zone, sigma_km=5.0):
    (found,) = [z for z in assess_zones(samples_at(lat, lon, sigma_km), load_zones()) if z.zone == zone]
    return found


def test_far_inside_and_far_outside():
    """Yamato Bank (39.3 N, 135 E) lies well inside Japan's zone, the defining impact well outside."""
    inside, outside = verdict(39.3, 135.0, "eez:JPN"), verdict(40.4, 133.4, "eez:JPN")
    assert (inside.relation, inside.probability) == ("inside", 1.0)
    assert inside.margin_km.median < -50
    assert (outside.relation, outside.probability) == ("outside", 0.0)
    assert 60 < outside.margin_km.median < 110
    assert outside.wording.startswith("almost certain (>99 %) outside Japan's exclusive economic zone")
    assert "computed, not legal" in outside.wording


def test_near_the_line_is_too_close_to_call():
    """On the line itself, within its own error, no side is named."""
    zones = load_zones()
    lats = np.linspace(39.3, 41.5, 200)
    margins = zones.margin_km("eez:JPN", np.full(200, 135.0), lats)
    lat = float(lats[np.argmin(np.abs(margins))])
    found = verdict(lat, 135.0, "eez:JPN")
    assert found.relation == "too close to call"
    assert found.probability_low < 0.3
    assert found.probability_high > 0.7
    assert "may be" in found.wording


def test_probability_follows_the_spread():
    """A normal scatter whose mean lies one sigma outside a nearly straight line is inside with 16 %."""
    zones = load_zones()
    lats = np.linspace(39.3, 41.5, 2000)
    margins = zones.margin_km("eez:JPN", np.full(2000, 135.0), lats)
    lat = float(lats[np.argmin(np.abs(margins - 30.0))])
    assert verdict(lat, 135.0, "eez:JPN", sigma_km=30.0).probability == pytest.approx(0.16, abs=0.06)


def test_every_possible_zone_is_told():
    """Samples on the Noto peninsula name Japan's land first among the zones asked for."""
    found = {z.zone: z.probability for z in assess_zones(samples_at(37.3, 136.9, 3.0), load_zones())}
    assert found["land:JPN"] > 0.9
    assert found["eez:JPN"] == 0.0


def prediction(value, p, low, middle, high, size=200.0, attribute="range_km", **fields):
    return ClaimPrediction(claim(1, attribute, value, "Japan MOD", **fields), "o", p, low, middle, high, size)


@pytest.mark.parametrize(
    ("given", "verdict_", "words"),
    [
        (prediction(450, 0.4, 400, 450, 500), "consistent", "fits"),
        (prediction(450, 0.02, 500, 600, 700), "strained", "too short but not impossible"),
        (prediction(450, 0.001, 600, 700, 800), "inconsistent", "600 to 800 km; 450 km is too short"),
        (prediction(900, 0.001, 600, 700, 800), "inconsistent", "900 km is too long"),
        (prediction(90, 0.001, 40, 50, 60, attribute="apogee_km"), "inconsistent", "too high"),
        (prediction(450, 0.4, 50, 450, 5000), "untestable", "allows a range from 50 to 5,000 km"),
        (prediction(450, 0.4, 400, 450, 500, size=5.0), "untestable", "too few flights"),
        (prediction("east", 0.6, math.nan, math.nan, math.nan, attribute="direction"), "consistent", "60 %"),
        (prediction((850, 900), 0.4, 800, 870, 950, qualifier="range"), "consistent", "850 to 900 km"),
        (prediction(450, None, 1, 2, 3), "untestable", "launch area was taken from it"),
    ],
)
def test_verdicts_and_reasons(given, verdict_, words):
    """Each verdict has its threshold and one sentence of reason with the figures in it."""
    found = judge(given)
    assert found.verdict == verdict_
    assert words in found.reason


def test_an_area_without_a_known_place_says_so():
    """A fall 'into the sea' names no sea: its verdict tells that, and not that it could be any statement."""
    verdict = not_weighed(claim(1, "impact_area", "sea"))
    assert (verdict.verdict, verdict.reason) == ("untestable", "it names no place that is known here")


def test_claims_that_are_not_weighed_say_why():
    """Earlier launches, conditions, clocks and rhetoric are untestable, each for its own reason."""
    reasons = {
        not_weighed(claim(1, "range_km", 1, about="previous")).reason,
        not_weighed(claim(1, "range_km", 1, condition="if on a normal trajectory")).reason,
        not_weighed(claim(1, "launch_time", "12:35")).reason,
        not_weighed(claim(1, "threat", "none")).reason,
    }
    assert len(reasons) == 4


def waters(state, samples):
    return float(samples.weight @ in_waters_of(state, samples.impact_lat_rad, samples.impact_lon_rad))


@pytest.fixture(scope="module")
def disagreement():
    found = from_claims(
        PLACE + SEOUL + TOKYO,
        country="North Korea",
        date="2025-11-07",
        rng=np.random.default_rng(5),
        particles=2000,
    )
    every = PLACE + SEOUL + TOKYO
    views = speaker_views(
        found,
        np.random.default_rng(0),
        disagree,
        lambda left: from_claims(
            [c for c in every if c not in left], country="North Korea", date=None, rng=np.random.default_rng(6)
        ),
    )
    (one,) = find_disagreements(views, load_zones(), [], [], waters)
    return one


def test_both_figures_are_kept(disagreement):
    """The disagreement holds both states' figures, the larger first, and says how far apart they are."""
    assert [(v.source, v.value) for v in disagreement.views] == [("South Korea", 700.0), ("Japan", 450.0)]
    # 250 km over the joined errors of 27 and 21 km (3.2 % and 15.3 km each)
    errors = math.hypot(0.032 * 700, 15.3, 0.032 * 450, 15.3)
    assert disagreement.sigma_apart == pytest.approx(250 / errors, abs=0.05)
    assert "neither is averaged away" in disagreement.summary


def test_explanations_are_weighed_with_none_among_them(disagreement):
    """Probabilities sum to one over all candidates and 'none', and each prediction is the candidate's own."""
    found = {e.name: e for e in disagreement.explanations}
    named = {"same flight", "ballistic extrapolation", "lost at the horizon", "different start"}
    assert set(found) == named | {"miles for kilometres", NONE}
    assert sum(e.probability for e in found.values()) == pytest.approx(1, abs=1e-3)
    assert found["miles for kilometres"].predicted.median == pytest.approx(690 / 1.609, abs=15)
    assert found["same flight"].predicted.median == pytest.approx(690, abs=20)
    assert found["lost at the horizon"].predicted.median < 700  # it ends before the flight does
    # 450 km is what a ballistic arc with 50 km of height reaches; horizons over that distance hide 14 km at most.
    assert found["ballistic extrapolation"].bayes_factor > 3 * found["lost at the horizon"].bayes_factor


def test_none_explains_an_absurd_figure():
    """40 km against 700 km: no candidate accounts for it, and the summary says so."""
    far = [claim(6, "range_km", 40, "Japan MOD", qualifier="about")]
    views = [
        View("range_km", "South Korea", tuple(SEOUL), samples_at(40.4, 133.4)),
        View("range_km", "Japan", tuple(far), samples_at(40.2, 125.7, range_m=np.full(2000, 4e4))),
    ]
    (found,) = find_disagreements(views, load_zones(), [], [], waters)
    assert found.explanations[0].name == NONE
    assert "No candidate explanation accounts for it" in found.summary


def test_figures_that_fit_are_no_disagreement():
    """700 and 680 km do not disagree."""
    views = [
        View("range_km", "South Korea", tuple(SEOUL), samples_at(40.4, 133.4)),
        View("range_km", "Japan", (claim(6, "range_km", 680, "Japan MOD"),), samples_at(40.4, 133.2)),
    ]
    assert find_disagreements(views, load_zones(), [], [], waters) == []
