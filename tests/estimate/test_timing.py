"""Clock times on the civil day of Korea and Japan."""

import numpy as np
import pytest

from launchwatch.basis.instants import parse_instant
from launchwatch.estimate.fuse.expected_clocks import instant_expected
from launchwatch.estimate.fuse.timing import timing
from launchwatch.facts import FlightSamples
from tests.estimate.scenes import claim

MINUTE = 60.0


def launch_s(value, unit=None, date="2017-08-29", **fields):
    return timing([claim(1, "launch_time", value, unit=unit, **fields)], date).launch.time_s


@pytest.mark.parametrize(
    ("value", "unit"), [("20:57", "GMT"), ("05:57", "KST"), ("05:57", None), ("16:57", "EDT")]
)
def test_clocks_of_all_zones_mean_one_instant_of_the_civil_day(value, unit):
    """The launch of 29 August 2017, 05:57 KST, was at 20:57 GMT of the 28th, 16:57 in Washington."""
    assert launch_s(value, unit) == parse_instant("2017-08-28T20:57:00Z")


def test_zones_that_agree_are_one_clock():
    """05:57 KST and 20:57 GMT from two offices join to that minute, not to the middle of a day."""
    both = [
        claim(1, "launch_time", "05:57", "South Korea JCS"),
        claim(2, "launch_time", "20:57", "US military", unit="GMT"),
    ]
    clock = timing(both, "2017-08-29").launch
    assert clock.time_s == parse_instant("2017-08-28T20:57:00Z")
    assert clock.sigma_s < MINUTE


def test_clocks_about_midnight_are_neighbours():
    """23:59 by one office and 00:01 by another lie two minutes apart."""
    both = [
        claim(1, "launch_time", "23:59", "South Korea JCS"),
        claim(2, "launch_time", "00:01", "Japan MOD"),
    ]
    assert timing(both, "2017-07-28").launch.sigma_s < 2 * MINUTE


@pytest.mark.parametrize(
    ("up", "down", "minutes"),
    [
        (("23:41", None), ("00:28", None), 47),  # the ICBM of 28 July 2017 flew 47 minutes
        (("14:41", "GMT"), ("00:28", "KST"), 47),
        (("12:35", None), ("12:34", None), -1),  # rounded clocks may cross; a day between them is no reading
        (("12:35", None), ("12:42", None), 7),
    ],
)
def test_a_fall_after_midnight_is_on_the_next_day(up, down, minutes):
    """A landing lies on the day that is nearest to its launch."""
    found = timing(
        [claim(1, "launch_time", up[0], unit=up[1]), claim(2, "landing_time", down[0], unit=down[1])], "2017-07-28"
    )
    assert found.landing.time_s - found.launch.time_s == minutes * MINUTE


@pytest.mark.parametrize(("value", "unit"), [(("23:50", "00:10"), None), (("14:50", "15:10"), "GMT")])
def test_a_span_over_midnight_is_short(value, unit):
    """Between ten to and ten past midnight is twenty minutes about midnight."""
    clock = timing([claim(1, "launch_time", value, unit=unit, qualifier="range")], "2017-07-28").launch
    assert clock.time_s == parse_instant("2017-07-28T15:00:00Z")
    assert clock.sigma_s < 8 * MINUTE


def test_clocks_of_two_zones_do_not_force_a_flight_of_hours():
    """A landing nine hours after the launch tells nothing of the flight time: one must be wrong."""
    told = timing([claim(1, "launch_time", "12:35"), claim(2, "landing_time", "21:43")], "2025-11-07")
    short, long = told.flight_time_log_likelihood(np.array([480.0, 5000.0]))
    assert short == pytest.approx(long)


def test_two_of_three_clocks_outvote_one():
    """Launch and landing that fit each other leave a third clock, nine hours off, far outside what they expect."""
    up, down = claim(1, "launch_time", "12:35", "Japan MOD"), claim(2, "landing_time", "12:43", "Japan MOD")
    odd = claim(3, "launch_time", "03:35", "US military")
    words = {w.said[0].id: w for w in timing([up, down, odd], "2025-11-07").words}
    flights = samples_lasting(480.0)
    tail = {}
    for name, word in words.items():
        others = [w for key, w in words.items() if key != name]
        tail[name], _, _ = instant_expected(word, others, flights, flights.weight, 0.002)
    assert min(tail["c3"], 1 - tail["c3"]) < 0.003
    assert 0.1 < tail["c1"] < 0.9
    assert 0.1 < tail["c2"] < 0.9


def test_morning_for_evening_lies_outside():
    """Two clocks minutes apart beside the far end of the dial agree, and a third, half a day off, does not."""
    told = [claim(1, "launch_time", "00:35", "US military"), claim(2, "launch_time", "12:34", "Japan MOD")]
    told.append(claim(3, "launch_time", "12:36", "South Korea JCS"))
    words = {w.said[0].id: w for w in timing(told, "2025-11-07").words}
    others = [words["c2"], words["c3"]]
    below, _, _ = instant_expected(words["c1"], others, samples_lasting(480.0), np.full(50, 0.02), 0.002)
    assert min(below, 1 - below) < 0.003


def test_clocks_at_odds_in_two_camps_are_weighed():
    """Six offices, three an hour later than three: no set of two wrong ones mends it, and a number comes out."""
    offices = ("Japan MOD", "US military", "KCNA", "South Korea JCS", "Japan Coast Guard", "Russian MOD")
    told = [claim(k, "launch_time", f"{12 + k % 2}:35", office) for k, office in enumerate(offices)]
    words = list(timing(told, "2025-11-07").words)
    assert len(words) == 6
    below, offsets, share = instant_expected(words[0], words[1:], samples_lasting(480.0), np.full(50, 0.02), 0.002)
    assert 0 <= below <= 1
    assert np.isfinite(offsets).all()
    assert share.sum() == pytest.approx(1)


def samples_lasting(seconds, n=50):
    fields = {name: np.zeros(n) for name in FlightSamples.__dataclass_fields__}
    fields |= {
        "flight_time_s": np.full(n, seconds),
        "weight": np.full(n, 1 / n),
        "launch_time_s": np.full(n, np.nan),
    }
    return FlightSamples(**fields)
