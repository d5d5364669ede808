"""Claims to flights: likelihoods, timing, and posteriors that keep what was said apart."""

import math
from dataclasses import replace

import numpy as np
import pytest

from launchwatch.assess.consistency import judge
from launchwatch.assess.disagreements import disagree
from launchwatch.basis.errors import NoEvidenceError
from launchwatch.basis.threads import SETTING
from launchwatch.estimate.fuse.figures import figure_log_likelihood
from launchwatch.estimate.fuse.leaving_out import predict_claims, speaker_views
from launchwatch.estimate.fuse.likelihood import observe
from launchwatch.estimate.fuse.posterior import from_claims, track_alone, upon_track
from launchwatch.estimate.fuse.timing import timing
from launchwatch.estimate.summary import impact_estimate, range_modes, samples_digest, summarize
from launchwatch.flight.classes import CLASSES
from launchwatch.geo.geodesic import destination, distance_and_azimuth
from tests.estimate.scenes import PLACE, SEOUL, TOKYO, WHO, claim

WHERE = {"country": "North Korea", "date": "2025-11-07"}


def posterior(claims, seed=5, particles=2000):
    return from_claims(claims, **WHERE, rng=np.random.default_rng(seed), particles=particles)


def quantiles(posterior_, name):
    return np.quantile(getattr(posterior_.samples, name), [0.05, 0.5, 0.95]) / 1e3


@pytest.fixture(scope="module")
def both():
    return posterior(PLACE + SEOUL + TOKYO, particles=4000)


@pytest.fixture(scope="module")
def tokyo():
    return posterior(PLACE + TOKYO, particles=4000)


def test_posterior_reproduces_what_one_speaker_said(tokyo):
    """With Japan's figures alone, range and apogee centre on 450 and 50 km, a sigma of error about them."""
    low, middle, high = quantiles(tokyo, "range_m")
    assert middle == pytest.approx(450, abs=20)
    assert 30 < high - middle < 80  # authority error: 1.64 * 25 km
    assert 30 < middle - low < 80
    assert quantiles(tokyo, "apogee_m")[1] == pytest.approx(50, abs=6)
    assert tokyo.diagnostics.converged


def test_disagreeing_figures_are_never_averaged(both):
    """Between 520 and 600 km, where nobody put it, lies almost no probability; both figures have their mode."""
    ranges = both.samples.range_m / 1e3
    assert np.mean((ranges > 520) & (ranges < 600)) < 0.05
    modes = sorted(mode.range_km.median for mode in range_modes(both.samples))
    assert modes == pytest.approx([450, 695], abs=25)


def test_views_part_the_speakers(both):
    """Each state's own view centres on its own figure and leaves the other's out."""
    views = {v.state: v.samples.range_m / 1e3 for v in speaker_views(both, np.random.default_rng(0), disagree)}
    assert set(views) == {"Japan", "South Korea"}
    assert np.median(views["Japan"]) == pytest.approx(450, abs=25)
    assert np.median(views["South Korea"]) == pytest.approx(695, abs=25)


def test_leave_one_out_flags_what_does_not_fit(both):
    """Each range is improbable given the other; direction and side of the zone fit."""
    found = {(p.claim.attribute, p.claim.source): p.p_value for p in predict_claims(both)}
    assert found["range_km", "South Korea JCS"] < 0.05
    assert found["range_km", "Japan MOD"] < 0.15
    assert found["direction", "South Korea JCS"] > 0.05
    assert found["eez", "Japan government"] > 0.5


def test_ten_quotes_of_one_office_are_one_observation():
    """Ten reports of one office's figure give the same posterior as one."""
    many = [claim(100 + i, "range_km", 450, "Japan MOD", qualifier="about") for i in range(10)]
    observations = [o for o in observe([*TOKYO, *many], country="North Korea") if o.attribute == "range_km"]
    assert len(observations) == 1
    assert len(observations[0].claims) == 11
    spread = quantiles(posterior(PLACE + TOKYO + many), "range_m")
    assert spread[2] - spread[0] == pytest.approx(100, abs=40)


def test_outlet_repeating_an_office_joins_it():
    """A figure in the outlet's own voice that repeats an office's is no second witness; another figure is."""
    repeats = claim(50, "range_km", 449, "outlet")
    differs = claim(51, "range_km", 900, "outlet")
    offices = [o.office for o in observe([*TOKYO, repeats, differs], country=None) if o.attribute == "range_km"]
    assert offices == ["Japan MOD", "outlet"]


@pytest.mark.parametrize(
    ("value", "qualifier", "better", "worse"),
    [
        (450, "about", 455, 520),
        (450, "at_least", 480, 380),
        (450, "at_most", 420, 600),
        ((850, 900), "range", 880, 980),
    ],
)
def test_figures_prefer_what_they_say(value, qualifier, better, worse):
    """A figure is likelier for truths that fit its qualifier, and never impossible."""
    said = claim(1, "range_km", value, "Japan MOD", qualifier=qualifier)
    near, far, absurd = figure_log_likelihood(said, np.array([better, worse, 5000.0]))
    assert near > far > absurd
    assert math.isfinite(absurd)


def test_figure_density_integrates_to_one():
    """Summed over all figures that could be said of a 500 km flight, the exact-figure model is a density."""
    figures = np.arange(1.0, 6000.0, 1.0)
    logs = [
        figure_log_likelihood(claim(1, "range_km", float(v), "Japan MOD"), np.array([500.0]))[0] for v in figures
    ]
    # The gross part is log-normal in the truth over the figure: its density in the figure loses nothing but tails.
    assert np.exp(logs).sum() == pytest.approx(1.0, abs=0.02)


def test_clock_claims_fix_the_launch_time():
    """'About 12:35' in Korea is 03:35 UTC, give or take minutes; GMT is read as GMT."""
    clock = timing(PLACE, "2025-11-07").launch
    assert clock.time_s == 1_762_486_500
    assert 60 <= clock.sigma_s <= 300
    london = timing([claim(1, "launch_time", "03:35", unit="GMT")], "2025-11-07").launch
    assert london.time_s == clock.time_s
    assert timing(PLACE, None).launch is None


def test_clocks_of_launch_and_landing_give_the_flight_time():
    """Launch at 08:24 and landing at 09:37 make 73 minutes likeliest."""
    clocks = timing([claim(1, "launch_time", "08:24"), claim(2, "landing_time", "09:37")], "2023-12-18")
    minutes = np.array([60.0, 73.0, 80.0])
    assert np.argmax(clocks.flight_time_log_likelihood(60 * minutes)) == 1


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([claim(1, "missile_class", "artillery-rocket"), claim(2, "range_km", 300)], "artillery rocket"),
        ([claim(1, "damage", "none")], "no claim tells"),
        ([], "no claim tells"),
    ],
)
def test_no_flight_from_nothing(claims, reason):
    """Claims that describe no ballistic flight are refused with the reason, not estimated."""
    with pytest.raises(NoEvidenceError, match=reason):
        from_claims(claims, country="North Korea", date=None, rng=np.random.default_rng(0))


def test_unknown_place_is_refused():
    """Without a place and a country there is no flight to speak of."""
    with pytest.raises(NoEvidenceError, match="where the launch was"):
        from_claims(SEOUL, country=None, date=None, rng=np.random.default_rng(0))


def test_conditional_and_earlier_claims_do_not_count():
    """'If on a normal trajectory' and figures of earlier launches are kept but not weighed."""
    others = [
        claim(20, "range_km", 5000, "Japan MOD", condition="if on a normal trajectory"),
        claim(21, "range_km", 4000, "Japan MOD", about="previous"),
    ]
    ids = {c.id for o in observe([*TOKYO, *others], country="North Korea") for c in o.claims}
    assert ids.isdisjoint({"c20", "c21"})


def test_same_seed_same_flight(tokyo):
    """A seed fixes every digit of the fact."""
    facts = [
        summarize(p.samples, basis=p.basis, informed_by=p.informed_by, trace=p.trace, diagnostics=p.diagnostics,
                  provenance=WHO)
        for p in (tokyo, posterior(PLACE + TOKYO, particles=4000))
    ]  # fmt: skip
    assert facts[0] == facts[1]
    assert sum(facts[0].class_.values()) == pytest.approx(1, abs=1e-3)
    assert set(facts[0].class_) == set(CLASSES)


def test_same_bytes_on_one_thread_or_two(monkeypatch):
    """The number of threads, set from outside, changes no byte of samples, pool or diagnostics."""
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv(SETTING, threads)
        one = posterior(PLACE + TOKYO, particles=1000)
        found.append((samples_digest(one.samples), samples_digest(one.pool.samples), one.diagnostics))
    assert found[0] == found[1]


def test_every_figure_traces_to_its_claims(tokyo):
    """The trace names for each quantity the claims that speak of it, and only those."""
    assert tokyo.trace["range_km"] == ("c6",)
    assert tokyo.trace["apogee_km"] == ("c7",)
    assert tokyo.trace["launch_time"] == ("c2",)
    assert tokyo.trace["flight_time_s"] == ()
    assert set(tokyo.informed_by) == {"c1", "c2", "c3", "c4", "c6", "c7", "c8"}


def test_lofted_intercontinental_flight_is_recognised():
    """1,000 km of range with 6,000 km of height in 73 minutes is an ICBM on a lofted path."""
    claims = [
        claim(1, "launch_area", "around Pyongyang", "Japan MOD"),
        claim(2, "range_km", 1000, "Japan MOD", qualifier="about"),
        claim(3, "apogee_km", 6000, "Japan MOD", qualifier="at_least"),
        claim(4, "flight_time_min", 73, "Japan MOD", qualifier="about"),
    ]
    found = posterior(claims)
    shares = np.bincount(found.samples.class_index, minlength=len(CLASSES)) / len(found.samples)
    assert shares[CLASSES.index("ICBM")] > 0.9
    assert quantiles(found, "apogee_m")[1] == pytest.approx(6300, rel=0.1)


@pytest.fixture(scope="module")
def followed(both):
    """Return a tracked flight: 700 km due east from Taegwan, ending 130 km outside Japan's zone."""
    n = len(both.samples)
    spread = np.random.default_rng(4).normal(size=(3, n))
    return replace(
        both.samples,
        azimuth_rad=np.radians(85 + spread[0]),
        range_m=700e3 + 5e3 * spread[1],
        impact_lat_rad=np.radians(40.4 + 0.03 * spread[2]),
        impact_lon_rad=np.radians(133.4 + 0.05 * spread[1]),
        class_index=np.zeros(n, dtype=np.int64),
        burnout_speed_m_s=2500 + 50 * spread[0],
    )


@pytest.mark.parametrize(
    ("attribute", "value", "unit", "verdict"),
    [
        ("direction", "east", None, "consistent"),
        ("direction", "west", None, "inconsistent"),
        ("missile_class", "SRBM", None, "consistent"),
        ("missile_class", "ICBM", None, "inconsistent"),
        ("trajectory", "lofted", None, "inconsistent"),
        ("eez", "outside", "Japan", "consistent"),
        ("eez", "inside", "Japan", "inconsistent"),
        ("impact_area", "Yellow Sea", None, "inconsistent"),
        ("speed_mach", 30, None, "inconsistent"),
    ],
)
def test_categories_are_judged_by_whether_they_hold(followed, attribute, value, unit, verdict):
    """What holds of every tracked flight is consistent, what holds of none is inconsistent, hedged or not."""
    for hedge in (None, "likely"):
        said = claim(9, attribute, value, "Japan MOD", unit=unit, hedge=hedge)
        (prediction,) = predict_claims(upon_track(followed, "t", [said], **WHERE))
        assert judge(prediction).verdict == verdict


def test_a_denied_category_is_judged_by_its_opposite(followed):
    """'Not an ICBM' fits a short flight; 'not eastward' does not fit an eastward one."""
    for attribute, value, verdict in (("missile_class", "ICBM", "consistent"), ("direction", "east", "strained")):
        said = claim(9, attribute, value, "Japan MOD", polarity="denied")
        (prediction,) = predict_claims(upon_track(followed, "t", [said], **WHERE))
        assert judge(prediction).verdict == verdict


def test_a_denied_figure_is_not_weighed(followed):
    """A denial of 3,000 km beside an assertion of 700 km leaves the assertion alone in its observation."""
    said = [claim(8, "range_km", 3000, "Japan MOD", polarity="denied"), claim(9, "range_km", 700, "Japan MOD")]
    (prediction,) = predict_claims(upon_track(followed, "t", said, **WHERE))
    assert prediction.claim.id == "c9"


def test_predicted_figures_carry_the_speakers_error(followed):
    """Of a range known to 5 km the 90 % interval of what is said is 1.645 sigmas of the office's error wide."""
    said = claim(9, "range_km", 700, "Japan MOD")
    (prediction,) = predict_claims(upon_track(followed, "t", [said], **WHERE))
    assert prediction.high - prediction.low == pytest.approx(
        2 * 1.645 * math.hypot(0.0284 * 700, 13.6, 5), rel=0.1
    )


def test_an_impact_in_any_direction_lies_where_the_flight_reaches(followed):
    """Of impacts all round a launch the place told is one at the flight's range; the ellipse holds the ring."""
    azimuth = np.linspace(0, 2 * np.pi, len(followed), endpoint=False)
    launch = (np.full(len(followed), np.radians(40.0)), np.full(len(followed), np.radians(125.0)))
    lat, lon = destination(*launch, azimuth, 700e3)
    ring = replace(
        followed, launch_lat_rad=launch[0], launch_lon_rad=launch[1], azimuth_rad=azimuth,
        range_m=np.full(len(followed), 700e3), impact_lat_rad=lat, impact_lon_rad=lon,
    )  # fmt: skip
    found = impact_estimate(ring, None)
    there = (math.radians(found.lat_deg), math.radians(found.lon_deg))
    assert float(distance_and_azimuth(launch[0][0], launch[1][0], *there)[0]) == pytest.approx(700e3, rel=0.01)
    assert found.ellipse_95.semi_major_km > 1400


def test_the_claim_that_set_the_launch_area_is_untestable(both):
    """Nothing predicts the claim from which the flights' launch area was taken."""
    found = {p.claim.attribute: p for p in predict_claims(both)}
    assert judge(found["launch_area"]).verdict == "untestable"


@pytest.mark.parametrize(
    "said",
    ["about 200 km west of Okushiri Island", "奥尻島の西方約200キロの日本海", "오쿠시리섬 서쪽 약 200km 해상"],
)
def test_a_distance_and_direction_place_the_fall(said):
    """Told where it fell by distance and direction, nine flights in ten fall within 150 km of there."""
    samples = posterior(
        [*PLACE, claim(9, "impact_area", said, "Japan Ministry of Defense")], particles=1000
    ).samples
    lat, lon = destination(math.radians(42.153), math.radians(139.476), math.radians(270), 200e3)
    away, _ = distance_and_azimuth(samples.impact_lat_rad, samples.impact_lon_rad, lat, lon)
    assert np.average(away < 150e3, weights=samples.weight) > 0.9


def test_claims_sharpen_a_track():
    """A claim of 700 km moves a broad range to the claim's own figure and says that both informed it."""
    broad = posterior(PLACE + [claim(9, "impact_area", "East Sea", "South Korea JCS")])
    alone = track_alone(broad.samples, "t")
    near = upon_track(alone.samples, "t", SEOUL, **WHERE)
    weight = near.samples.weight
    middle = np.interp(0.5, np.cumsum(weight[np.argsort(broad.samples.range_m)]), np.sort(broad.samples.range_m))
    assert middle / 1e3 == pytest.approx(690, abs=40)
    assert near.basis == "claims and track"
    assert near.informed_by[0] == "t"
