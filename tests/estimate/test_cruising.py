"""Cruise flights and space launches: closed forms, quadrature, and which kind of flight was told."""

import math

import numpy as np
import pytest

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.estimate.fuse import cruising
from launchwatch.estimate.fuse.cruising import Cruising, flights
from launchwatch.estimate.fuse.kinds import PRIOR_ODDS, joined, prior_log_odds
from launchwatch.estimate.fuse.leaving_out import predict_claims
from launchwatch.estimate.fuse.likelihood import figure_log_likelihood, observe
from launchwatch.estimate.fuse.posterior import from_claims
from launchwatch.estimate.fuse.timing import Timing
from launchwatch.estimate.paths import sampled_paths
from launchwatch.estimate.summary import class_shares, summarize
from launchwatch.flight import cruise
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CRUISE
from launchwatch.flight.cruise import places_at
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.places import resolve_place
from tests.estimate.scenes import WHO, claim
from tests.observe.reading import read_text

KCNA = [claim(1, "range_km", 1500, "KCNA"), claim(2, "flight_time_min", 7580 / 60, "KCNA")]


def claims_of(text):
    return list(read_text(text, None, "en").claims)


def posterior(claims, particles=1000, date=None):
    return from_claims(claims, country="North Korea", date=date, rng=np.random.default_rng(5), particles=particles)


def level_row(speed=200.0, height=100.0, length=1500e3, distance=300e3):
    row = np.zeros(prm.COUNT)
    row[prm.LAT], row[prm.LON], row[prm.AZIMUTH] = math.radians(39.9), math.radians(127.5), 1.2
    row[cruise.SPEED], row[cruise.HEIGHT], row[cruise.LENGTH], row[cruise.DISTANCE] = (
        speed,
        height,
        length,
        distance,
    )
    return row


def test_a_flight_lasts_its_length_over_its_speed():
    """1,500 km at 200 m/s take 7,500 s, and end where the straight distance leads, not the path's length."""
    one = flights(level_row()[None])
    apart, azimuth = distance_and_azimuth(
        one.launch_lat_rad, one.launch_lon_rad, one.impact_lat_rad, one.impact_lon_rad
    )
    assert one.flight_time_s[0] == 7500.0
    assert one.range_m[0] == 1500e3
    assert apart[0] == pytest.approx(300e3, abs=1e-3)
    assert azimuth[0] == pytest.approx(1.2, abs=1e-9)
    assert one.apogee_m[0] == 100.0
    assert np.isnan(one.burnout_speed_m_s[0])
    assert one.class_index[0] == CRUISE


def test_a_path_runs_from_launch_to_end_at_its_height():
    """It starts and ends on the ground, cruises at its height, and is half way at half time."""
    places = geodetic_from_ecef(places_at(level_row(), np.array([0.0, 3750.0, 7500.0])))
    assert places[:, 2] == pytest.approx([0, 100, 0], abs=1e-3)
    half, _ = distance_and_azimuth(*places[0, :2], *places[1, :2])
    assert half == pytest.approx(150e3, abs=1.0)


def test_prior_draws_keep_their_limits():
    """Lengths 50 to 2,500 km, no end farther than the length, half of them within an eighth of it."""
    model = Cruising(resolve_place("North Korea"), [], Timing(None, None))
    x, kind = model.draw(20_000, np.random.default_rng(1))
    rows = model.rows(x, kind)
    straight = rows[:, cruise.DISTANCE] / rows[:, cruise.LENGTH]
    assert rows[:, cruise.LENGTH].min() >= 50e3
    assert rows[:, cruise.LENGTH].max() <= 2500e3
    assert straight.max() <= 1.0
    assert np.median(straight) == pytest.approx(1 - 0.9 / 8, abs=0.01)
    assert np.mean(rows[:, cruise.SPEED] > 500) == pytest.approx(0.15, abs=0.01)


def test_speed_and_evidence_are_those_of_quadrature():
    """From range and time alone, speed's mean and the evidence are those of a sum over length and speed."""
    model = Cruising(resolve_place("North Korea"), observe(KCNA, country=None), Timing(None, None))
    found = model.answer(np.random.default_rng(3), 4000)
    log_length = np.linspace(math.log(50e3), math.log(2500e3), 1501)
    length = np.exp(log_length)
    total = weighted = 0.0
    for kind in cruising.KINDS.values():
        speed = np.linspace(*kind.speed_m_s, 1501)
        minutes = length[:, None] / speed / 60
        fit = np.exp(figure_log_likelihood(KCNA[1], minutes))
        fit *= np.exp(figure_log_likelihood(KCNA[0], length / 1e3))[:, None]
        total += kind.share * fit.mean()
        weighted += kind.share * (fit * speed).mean()
    speeds = found.samples.range_m / found.samples.flight_time_s
    assert speeds.mean() == pytest.approx(weighted / total, abs=1.5)
    assert found.log_evidence == pytest.approx(math.log(total), abs=0.1)
    assert found.diagnostics.converged
    assert model.log_evidence(np.random.default_rng(4)) == pytest.approx(math.log(total), abs=0.6)


@pytest.mark.parametrize(
    ("told", "speed"),
    [
        ("flew 1,500 kilometres in 7,580 seconds along ovals before striking their targets", 198),
        ("flew 2,000 kilometres in 10,234 seconds along figures of eight before striking their targets", 195),
        ("flew 1,500 kilometres in 7,511 seconds along ovals before striking their targets", 200),
    ],
)
def test_published_flights_were_cruise_at_two_hundred_metres_a_second(told, speed):
    """KCNA's figures of cruise tests, in our own words: the kind is cruise, the speed length over time."""
    text = f"North Korea test-fired two long-range cruise missiles, KCNA said. The missiles {told}, KCNA said."
    found = posterior([c for c in claims_of(text) if c.about == "main"])
    assert class_shares(found.samples)["cruise"] > 0.99
    speeds = found.samples.range_m / found.samples.flight_time_s
    assert np.median(speeds) == pytest.approx(speed, abs=8)
    assert found.diagnostics.converged


@pytest.fixture(scope="module")
def untold():
    return posterior(KCNA)


def test_figures_alone_tell_a_cruise_flight(untold):
    """1,500 km in 126 minutes, of which nobody says what it was: a cruise flight, or a ballistic one far up."""
    assert class_shares(untold.samples)["cruise"] > 0.8
    ballistic = untold.samples.class_index != CRUISE
    assert np.median(untold.samples.apogee_m[ballistic]) > 5000e3


def test_what_a_cruise_flight_has_none_of_is_none(untold):
    """Neither burnout nor minimum-energy range; a path, each claim's prediction, and no ballistic trajectory."""
    fact = summarize(
        untold.samples, basis="claims", informed_by=untold.informed_by, trace=untold.trace,
        diagnostics=untold.diagnostics, provenance=WHO,
    )  # fmt: skip
    assert fact.burnout is None
    assert fact.minimum_energy_range_km is None
    assert sum(fact.trajectory.values()) == pytest.approx(1 - fact.class_["cruise"], abs=1e-3)
    assert all(path.points[-1].height_km < 1 for path in sampled_paths(untold.samples))
    assert {prediction.p_value is not None for prediction in predict_claims(untold)} == {True}


def test_a_pool_of_both_kinds_leaves_out_what_decides_between_them(untold):
    """Without the flight's time a range of 1,500 km is hardly ever a cruise flight's: the prior's odds return."""
    pool = untold.pool
    cruises = pool.samples.class_index == CRUISE
    assert pool.weigh()[cruises].sum() == pytest.approx(class_shares(untold.samples)["cruise"], abs=0.01)
    assert pool.weigh(["flight_time_min/KCNA"])[cruises].sum() < 0.3


def test_ballistic_claims_stay_as_they_are():
    """Where a cruise flight is far less probable the answer is that of the ballistic model, bit by bit."""
    claims = [claim(1, "range_km", 700), claim(2, "apogee_km", 60), claim(3, "missile_class", "ballistic")]
    with_, without = (
        from_claims(
            claims, country="North Korea", date=None, rng=np.random.default_rng(7), particles=500, cruise=may
        )
        for may in (True, False)
    )
    assert np.array_equal(with_.samples.path_parameters, without.samples.path_parameters)
    assert with_.diagnostics == without.diagnostics
    assert not with_.may_cruise


def test_an_office_that_says_ballistic_lowers_the_odds():
    """Each office counts once; a denial and a word on another launch do not."""
    words = [
        claim(1, "missile_class", "ballistic", "Japan MOD"),
        claim(2, "missile_class", "ballistic", "Japan MOD"),
    ]
    assert prior_log_odds([]) == pytest.approx(math.log(PRIOR_ODDS))
    assert prior_log_odds(words) == pytest.approx(math.log(PRIOR_ODDS) + math.log(1e-3))
    assert prior_log_odds([claim(1, "missile_class", "ballistic", about="previous")]) == prior_log_odds([])


def test_shares_follow_the_evidence():
    """With three times the evidence at even odds, three flights in four are cruise flights."""
    model = Cruising(resolve_place("North Korea"), observe(KCNA, country=None), Timing(None, None))
    one = model.answer(np.random.default_rng(3), 800)
    other = posterior([claim(1, "range_km", 700), claim(2, "apogee_km", 60)], particles=800)
    beside = type(one)(
        other.samples,
        type(one.pool)(
            other.pool.samples, other.pool.base, dict.fromkeys(one.pool.parts, np.zeros(len(other.pool.base)))
        ),
        other.diagnostics,
        one.log_evidence - math.log(3),
    )
    both = joined(beside, one, 0.0, np.random.default_rng(0))
    assert class_shares(both.samples)["cruise"] == pytest.approx(0.75, abs=0.01)
    assert len(both.samples) == len(other.samples)


SLV = [
    claim(1, "missile_class", "SLV", "South Korea JCS"),
    claim(2, "launch_area", "Tongchang-ri", "South Korea JCS"),
    claim(3, "direction", "south", "South Korea JCS"),
]
FAILED = claim(4, "outcome", "failure", "South Korea JCS")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([], "nothing says that it came down; launched from Sohae.*, heading south"),
        ([claim(5, "apogee_km", 500)], "nothing says that it came down"),
        ([FAILED], "failed, but nothing says how far"),
        ([claim(5, "outcome", "success"), claim(6, "impact_area", "Yellow Sea")], "does not come down"),
    ],
)
def test_a_space_launch_that_is_not_said_to_fall_is_refused(more, reason):
    """The reason tells where it was launched from and its heading."""
    with pytest.raises(NoEvidenceError, match=reason):
        posterior([*SLV, *more])


def test_a_space_launch_that_fell_is_a_ballistic_flight():
    """As on 2023-05-31: 380 km to the south of Sohae; nothing of it says what energy it was made for."""
    found = posterior([*SLV, FAILED, claim(5, "range_km", 380, "South Korea JCS", qualifier="about")])
    shares = class_shares(found.samples)
    assert "cruise" not in shares
    assert shares["SRBM"] > 0.5
    low, middle, high = np.quantile(found.samples.range_m / 1e3, [0.05, 0.5, 0.95])
    assert low > 300
    assert middle == pytest.approx(380, abs=25)
    assert high < 500
    assert np.median(np.degrees(found.samples.azimuth_rad)) == pytest.approx(180, abs=20)


def test_reports_of_failed_space_launches():
    """As on 2023-05-31 and 2023-08-24, in our own words: one is refused with the reason, one estimated."""
    first = claims_of(
        "North Korea launched a space launch vehicle southward from Tongchang-ri at 6:29 a.m., South Korea's "
        "Joint Chiefs of Staff said. The rocket failed when its second stage did not ignite, the JCS said."
    )
    with pytest.raises(NoEvidenceError, match="heading south"):
        posterior(first)
    second = claims_of(
        "North Korea's attempt to put a spy satellite into orbit failed. Japan's defence ministry said the rocket "
        "was launched to the south from Tongchang-ri and that it fell into the Pacific about 600 kilometres east "
        "of the Philippines."
    )
    found = posterior(second)
    assert found.diagnostics.converged
    assert np.mean(found.samples.range_m > 1500e3) > 0.4
