"""Random launches of drills."""

import math

import numpy as np
import pytest

from launchwatch.basis.instants import parse_instant
from launchwatch.flight.classes import minimum_energy_apogee_m
from launchwatch.flight.propagation import APOGEE_HEIGHT, IMPACT_STATE, fly_path
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.simulate.random_scenario import RANGES_M, random_scenario
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario

START_S = 1_768_438_770.0


@pytest.fixture(scope="module")
def sensors():
    return parse_scenario(packaged_scenario("over-hokkaido")[0]).sensors


@pytest.mark.parametrize("seed", range(12))
def test_a_random_launch_flies_as_far_and_high_as_drawn(sensors, seed):
    """Range lies within what is drawn from, and height within 0.7 to 2.5 times that of least energy."""
    launch = random_scenario(np.random.default_rng(seed), sensors, START_S).launches[0]
    outcome = fly_path(launch.parameters().as_row(), np.empty(0))[1]
    lat, lon, _ = geodetic_from_ecef(outcome[IMPACT_STATE : IMPACT_STATE + 3][None, :])[0]
    range_m, _ = distance_and_azimuth(math.radians(launch.lat_deg), math.radians(launch.lon_deg), lat, lon)
    assert RANGES_M[0] - 2e3 <= range_m <= RANGES_M[1] + 2e3
    share = outcome[APOGEE_HEIGHT] / minimum_energy_apogee_m(np.array([float(range_m)]))[0]
    assert 0.68 <= share <= 2.55


def test_the_same_seed_gives_the_same_launch(sensors):
    """A drill can be repeated."""
    one, other = (random_scenario(np.random.default_rng(7), sensors, START_S) for _ in range(2))
    assert one == other
    assert parse_instant(one.launches[0].time_utc) == START_S + 30


def test_packaged_drills_fall_where_they_say():
    """Toward Hokkaido ends on Japan's land, short of Japan at sea outside its territorial sea."""
    from launchwatch.geo.zones import load_zones

    def inside(name, zone):
        launch = parse_scenario(packaged_scenario(name)[0]).launches[0]
        outcome = fly_path(launch.parameters().as_row(), np.empty(0))[1]
        lat, lon, _ = geodetic_from_ecef(outcome[IMPACT_STATE : IMPACT_STATE + 3][None, :])[0]
        return bool(load_zones().inside(zone, [math.degrees(lon)], [math.degrees(lat)])[0])

    assert inside("toward-hokkaido", "land:JPN")
    assert inside("short-of-japan", "eez:JPN")
    assert not inside("short-of-japan", "territorial_sea:JPN")
    assert not inside("over-hokkaido", "eez:JPN")
