"""Simulation: plots scatter about the truth as their sensors say, and only where they see."""

import math
import tomllib

import numpy as np
import pytest

from launchwatch.basis.errors import ScenarioError, UnknownNameError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Provenance
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.sight import look
from launchwatch.observe.recordings import decode_recording
from launchwatch.simulate import packaged_scenario, packaged_scenarios, parse_scenario, simulate_recording
from launchwatch.simulate.sensing import covers, sensor_place

NAME = "taegwan-2025-11-07"


@pytest.fixture(scope="module")
def scenario():
    return parse_scenario(packaged_scenario(NAME)[0])


@pytest.fixture(scope="module")
def recording(scenario):
    who = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
    return decode_recording(simulate_recording(scenario), evidence="e", provenance=who)


def test_packaged_flight_is_the_defining_launch(recording):
    """The truth rises at Taegwan at 03:35 UTC, climbs to 50 km and falls 700 km away along about 85 degrees."""
    first, last = recording.truth[0], recording.truth[-1]
    start = geodetic_from_ecef(np.array([first.position_ecef_m]))[0]
    end = geodetic_from_ecef(np.array([last.position_ecef_m]))[0]
    distance, azimuth = distance_and_azimuth(start[0], start[1], end[0], end[1])
    heights = geodetic_from_ecef(np.array([t.position_ecef_m for t in recording.truth]))[:, 2]
    assert first.time_utc == "2025-11-07T03:35:00.000000Z"
    assert np.degrees(start[:2]) == pytest.approx([40.21, 125.20], abs=1e-6)
    assert distance == pytest.approx(700e3, abs=5e3)
    assert math.degrees(azimuth) == pytest.approx(85, abs=0.5)
    assert heights.max() == pytest.approx(50e3, abs=500)


def test_everything_decodes(recording):
    """A simulated recording has no line that the decoder refuses, and plots of all five sensors."""
    assert recording.rejections == ()
    assert {block.sensor for block in recording.blocks} == {"KR-1", "KR-2", "JP-1", "JP-2", "IR-1"}


def test_sensors_say_that_they_are_invented(scenario):
    """Every packaged sensor and the scenario itself say 'invented'."""
    assert "invented" in scenario.note
    assert all("invented" in (sensor.note or "") for sensor in scenario.sensors)


def truth_at(recording, time_s):
    table = np.array([[parse_instant(t.time_utc), *t.position_ecef_m] for t in recording.truth])
    return np.array([np.interp(time_s, table[:, 0], table[:, i]) for i in (1, 2, 3)])


def test_noise_is_as_stated(scenario, recording):
    """Residuals of true plots have the stated sigmas: chi-square over 3 n within four sigmas of one."""
    sensors = {s.id: s for s in scenario.sensors if s.kind == "radar"}
    squares = []
    for block in recording.blocks:
        if block.sensor not in sensors:
            continue
        sensor = sensors[block.sensor]
        place, enu = sensor_place(sensor)
        for plot in block.plots:
            seen = look(np.append(truth_at(recording, parse_instant(plot.time_utc)), [0, 0, 0]), place, enu)
            off = np.array(
                [
                    (plot.range_m - seen[0]) / sensor.sigma_range_m,
                    (plot.azimuth_deg - math.degrees(seen[1])) / sensor.sigma_azimuth_deg,
                    (plot.elevation_deg - math.degrees(seen[2])) / sensor.sigma_elevation_deg,
                ]
            )
            if np.abs(off).max() < 6:  # the others are false plots
                squares.append(off @ off)
    assert len(squares) > 250
    assert np.mean(squares) / 3 == pytest.approx(1.0, abs=4 * math.sqrt(2 / (3 * len(squares))))


def test_radars_see_only_above_their_horizon(scenario, recording):
    """Japanese radars have no true plot while the missile stands below their horizon."""
    sensor = next(s for s in scenario.sensors if s.id == "JP-1")
    place, enu = sensor_place(sensor)
    below = 0
    for state in recording.truth:
        seen = look(np.append(state.position_ecef_m, state.velocity_ecef_m_s), place, enu)
        if seen[2] < 0:
            below += 1
            assert not covers(sensor, *seen[:3])
    assert below > 50  # the boost, and the end of the flight


def test_infrared_sees_only_the_burning_motor(scenario, recording):
    """Every infrared line near the missile was measured while the motor burnt, above the clouds."""
    eye = np.array(next(s for s in scenario.sensors if s.id == "IR-1").position_ecef_m)
    start = parse_instant(scenario.launches[0].time_utc)
    times = []
    for block in recording.blocks:
        for plot in block.plots:
            if plot.los_ecef is not None:
                time_s = parse_instant(plot.time_utc)
                line = truth_at(recording, time_s) - eye
                if np.array(plot.los_ecef) @ line / np.linalg.norm(line) > 1 - 1e-8:  # within 0.14 mrad
                    times.append(time_s - start)
    assert len(times) >= 5
    assert min(times) > 20
    assert max(times) <= scenario.launches[0].boost.burn_times_s[0]


def test_same_seed_same_bytes(scenario):
    """A seed fixes every byte; another seed changes plots but not truth."""
    one, two, other = (b"".join(simulate_recording(scenario, seed)) for seed in (1, 1, 2))
    assert one == two
    assert one != other
    truth = [line for line in one.splitlines() if b'"truth"' in line]
    assert truth == [line for line in other.splitlines() if b'"truth"' in line]


def text_with(**changes):
    table = packaged_scenario(NAME)[0]
    for old, new in changes.items():
        assert old.replace("_eq_", " = ") in table
        table = table.replace(old.replace("_eq_", " = "), new, 1)
    return table


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "no TOML"),
        ("name = 'x'", "does not fit"),
        (text_with(propellant_fractions="propellant_fraction"), "does not fit"),
        (
            text_with(**{"ballistic_coefficient_kg_m2_eq_9000.0": "ballistic_coefficient_kg_m2 = -1.0"}),
            "ballistic",
        ),
        (text_with(**{"duration_s_eq_520.0": "duration_s = 1e9"}), "duration"),
        (text_with(**{'id = "KR-2"': 'id = "KR-1"'}), "share an id"),
        (text_with(**{'start_utc = "2025-11-07T03:34:30Z"': 'start_utc = "soon"'}), "instant"),
    ],
)
def test_bad_scenarios_say_what_is_wrong(text, reason):
    """A scenario that cannot be flown is refused with the reason."""
    with pytest.raises(ScenarioError, match=reason):
        parse_scenario(text)


NONSENSE = [
    ("lat_deg = 40.21", "lat_deg = 133.0", "launch 1 (missile-1): lat_deg out of range", "-90 to 90 degrees"),
    ("burn_times_s = [75.0]", "burn_times_s = [-5.0]", "burn_times_s out of range", "0.01 to 1000 s"),
    ("burn_times_s = [75.0]", "burn_times_s = [nan]", "burn_times_s out of range", "0.01 to 1000 s"),
    ("accelerations_m_s2 = [25.43]", "accelerations_m_s2 = [0.0]", "accelerations_m_s2 out of range", "m/s^2"),
    ("azimuth_deg = 84.2", "azimuth_deg = inf", "azimuth_deg out of range", "degrees"),
    ("pitch_deg = 21.3", "pitch_deg = -21.3", "pitch_deg out of range", "0 to 90 degrees"),
    ("sigma_range_m = 30.0", "sigma_range_m = -30.0", "sensor KR-1: sigma_range_m out of range", "m, one"),
    ("scan_s = 2.0", "scan_s = 0.0", "sensor KR-1: scan period", "0.001 to"),
    ("scan_s = 2.0", "scan_s = 1e-9", "sensor KR-1: scan period", "0.001 to"),
    ("max_range_m = 800000.0", "max_range_m = 0.0", "sensor KR-1: max_range_m out of range", "m"),
    ("false_plots_per_scan = 0.5", "false_plots_per_scan = 1e9", "false_plots_per_scan out of range", "10000"),
    ("duration_s = 520.0", "truth_step_s = 0.0\nduration_s = 520.0", "truth_step_s out of range", "0.01 to"),
    ("seed = 20251107", "seed = -1", "seed out of range", "0 to"),
    ("duration_s = 520.0", "duration_s = nan", "duration_s out of range", "86400 s"),
]


@pytest.mark.parametrize(("old", "new", "reason", "allowed"), NONSENSE, ids=[case[1] for case in NONSENSE])
def test_nonsense_is_refused_by_field_value_and_range(old, new, reason, allowed):
    """A value that nothing could have is refused with its field, the value and the allowed range with its unit."""
    text = packaged_scenario(NAME)[0]
    assert old in text
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text.replace(old, new, 1))
    assert reason in caught.value.message
    assert allowed in caught.value.allowed
    assert caught.value.given is not None


def test_unknown_scenario_offers_near_ones():
    """A slip in a scenario's name is answered with the right name."""
    with pytest.raises(UnknownNameError, match=NAME):
        packaged_scenario("taegwan-2025-11-08")
    assert NAME in packaged_scenarios()
    assert tomllib.loads(packaged_scenario(NAME)[0])["name"] == NAME
