"""Zones, consistency and disagreements: what a flight means."""

import math
from dataclasses import replace

import numpy as np
import pytest

from launchwatch.assess.consistency import judge, not_weighed
from launchwatch.assess.disagreements import NONE, disagree, find_disagreements
from launchwatch.assess.slips import slips
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


def test_a_joint_area_is_told_and_changes_the_zones_status():
    """In the joint development zone of 1974: Japan's zone is drawn there, under a joint regime."""
    found = {z.zone: z for z in assess_zones(samples_at(30.5, 127.5), load_zones())}
    assert found["joint_area:JPN-KOR:1974"].probability == 1.0
    assert found["joint_area:JPN-KOR:1974"].wording.endswith("(by treaty)")
    assert found["eez:JPN"].status == "joint regime"


def test_an_impact_anywhere_is_told():
    """In mid-Atlantic no zone but the one asked for; off Argentina hers; contiguous zones are not told unasked."""
    far = assess_zones(samples_at(30.0, -45.0), load_zones())
    assert {z.zone for z in far} == {"eez:JPN", "territorial_sea:JPN", "land:JPN"}
    near = {z.zone: z for z in assess_zones(samples_at(-45.0, -63.5), load_zones())}
    assert near["eez:ARG"].relation == "inside"
    assert not any(z.kind == "contiguous_zone" for z in near.values())


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
        (prediction("SRBM", 0.6, math.nan, math.nan, math.nan, attribute="missile_class"), "consistent", "60 %"),
        (prediction("east", 0.6, -50, 5, 60, attribute="direction"), "consistent", "fits"),
        (prediction("east", 0.001, 60, 90, 150, attribute="direction"), "inconsistent", "'east' does not fit"),
        (prediction("east", 0.6, -170, 5, 170, attribute="direction"), "untestable", "half of all directions"),
        (
            prediction(90_000, 0.001, 50, 450, 5000),
            "inconsistent",
            "impossible: no two places on earth are farther apart",
        ),
        (prediction(9_000, 0.001, 50, 450, 5000), "inconsistent", "9,000 km is too long"),
        (prediction("12:35", None, 0, 0, 0, attribute="launch_time"), "untestable", "no other clock"),
        (prediction((850, 900), 0.4, 800, 870, 950, qualifier="range"), "consistent", "850 to 900 km"),
        (prediction(450, None, 1, 2, 3), "untestable", "launch area was taken from it"),
    ],
)
def test_verdicts_and_reasons(given, verdict_, words):
    """Each verdict has its threshold and one sentence of reason with the figures in it."""
    found = judge(given)
    assert found.verdict == verdict_
    assert words in found.reason


def told(number, attribute, value, source="South Korea JCS"):
    return claim(number, attribute, value, source)


def reason(attribute, value, p, expected, *basis):
    given = ClaimPrediction(claim(1, attribute, value, "Japan MOD"), "o", p, *expected, 200.0, basis)
    return judge(given).reason


def test_a_reason_names_the_figures_that_it_rests_on():
    """Range, apogee and time are each told by the others' figures, or by whose figure it is."""
    high, far, long = told(2, "apogee_km", 2802), told(3, "range_km", 933), told(4, "flight_time_min", 39)
    assert reason("flight_time_min", 30, 0.001, (37, 38.5, 40), high, far) == (
        "a flight to 2,802 km over 933 km lasts 37 to 40 minutes; 30 minutes is too short"
    )
    assert reason("apogee_km", 2802, 0.3, (2769, 3000, 3342), far, long) == (
        "a flight over 933 km of 39 minutes climbs to 2,769 to 3,342 km; 2,802 km fits"
    )
    assert reason("range_km", 933, 0.5, (850, 930, 1010), told(5, "range_km", 930)).startswith(
        "a flight for which South Korea JCS says 930 km covers 850 to 1,010 km"
    )


def test_a_clock_in_the_wrong_zone_is_named():
    """A launch nine hours before where the other clock and the flight time put it was told in UTC."""
    found = reason("launch_time", "00:40", 0.0, (539, 540, 542), told(2, "launch_time", "09:40"))
    assert found.startswith(
        "from South Korea JCS's 09:40 the launch is expected at 09:39 to 09:42; 00:40 is 9 hours"
    )
    assert found.endswith("perhaps local time was taken for UTC, nine hours too early")


@pytest.mark.parametrize(
    ("attribute", "said", "expected", "slip"),
    [
        ("range_km", 497, (770, 800, 830), "miles for kilometres"),
        ("range_km", 1287, (770, 800, 830), "kilometres for miles"),
        ("range_km", 80, (770, 800, 830), "digit dropped"),
        ("flight_time_min", 720, (11, 12, 13), "seconds for minutes"),
        ("flight_time_min", 0.2, (11, 12, 13), "hours for minutes"),
        ("range_km", 380, (810, 830, 850), "digits exchanged"),
        ("range_km", 805, (770, 800, 830), "ordinary error"),
        ("range_km", 333, (770, 800, 830), NONE),
        ("launch_time", "03:35", (538, 540, 542), "local for UTC"),
        ("launch_time", "03:35", (58, 60, 62), "zone +1 h"),
    ],
)
def test_slips_are_recognised(attribute, said, expected, slip):
    """Each slip of unit, digit or zone stands first where it was made, with probabilities that sum to one."""
    found = slips(ClaimPrediction(claim(1, attribute, said, "Japan MOD"), "o", 0.0, *expected, 200.0))
    assert found[0].name == slip
    assert sum(e.probability for e in found) == pytest.approx(1, abs=2e-3)


def test_altitude_told_as_range_is_recognised():
    """A range of 2,800 km where 930 km are expected, and the apogee is told as 2,802 km: columns exchanged."""
    given = prediction(2800, 0.0, 900, 930, 960)
    given = replace(given, basis=(told(2, "apogee_km", 2802),))
    assert slips(given)[0].name == "range and altitude swapped"


def test_words_have_no_slips():
    """A class or direction is no figure that a slip of units or digits could change."""
    assert slips(prediction("east", 0.0, math.nan, math.nan, math.nan, attribute="direction")) == []


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
    # 250 km over the joined errors of 24 and 19 km (2.84 % and 13.6 km each)
    errors = math.hypot(0.0284 * 700, 13.6, 0.0284 * 450, 13.6)
    assert disagreement.sigma_apart == pytest.approx(250 / errors, abs=0.05)
    assert "neither is averaged away" in disagreement.summary


def test_explanations_are_weighed_with_none_among_them(disagreement):
    """Probabilities sum to one over all candidates and 'none', and each prediction is the candidate's own."""
    found = {e.name: e for e in disagreement.explanations}
    named = {"same flight", "ballistic extrapolation", "lost at the horizon", "different start"}
    named |= {"lost before impact", "range and altitude swapped"}
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


def test_another_missiles_figure_explains_a_small_one():
    """400 km against 700 km, where 400 km were told of the launch's second missile: two read as one."""
    views = [
        View("range_km", "South Korea", tuple(SEOUL), samples_at(40.4, 133.4)),
        View("range_km", "US", (claim(6, "range_km", 400, "US military"),), samples_at(40.4, 129.6)),
    ]
    other = [claim(7, "range_km", 400, "Japan MOD", item=2)]
    (found,) = find_disagreements(views, load_zones(), [], [], waters, other)
    assert found.explanations[0].name == "two missiles read as one"
    (alone,) = find_disagreements(views, load_zones(), [], [], waters)
    assert "two missiles read as one" not in {e.name for e in alone.explanations}


def test_swapped_range_and_altitude_explain_fifty_km():
    """50 km of range against 700 km over a height of 50 km: columns exchanged."""
    views = [
        View("range_km", "South Korea", tuple(SEOUL), samples_at(40.4, 133.4)),
        View("range_km", "US", (claim(6, "range_km", 50, "US military"),), samples_at(40.2, 125.7)),
    ]
    (found,) = find_disagreements(views, load_zones(), [], [], waters)
    assert max(found.explanations, key=lambda e: e.bayes_factor).name == "range and altitude swapped"


def test_figures_that_fit_are_no_disagreement():
    """700 and 680 km do not disagree."""
    views = [
        View("range_km", "South Korea", tuple(SEOUL), samples_at(40.4, 133.4)),
        View("range_km", "Japan", (claim(6, "range_km", 680, "Japan MOD"),), samples_at(40.4, 133.2)),
    ]
    assert find_disagreements(views, load_zones(), [], [], waters) == []
