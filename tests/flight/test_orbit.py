"""The osculating orbit against Vallado's worked example, closed forms and SGP4."""

import math

import numpy as np
import pytest
from sgp4.api import WGS84 as SGP4_WGS84
from sgp4.api import Satrec

from launchwatch.basis.constants import WGS84_MU_M3_S2, WGS84_ROTATION_RAD_S, WGS84_SEMI_MAJOR_M
from launchwatch.flight.environment import Environment
from launchwatch.flight.orbit import (
    APOGEE,
    ENERGY_HEIGHT,
    NO_APOGEE_M,
    PERIGEE,
    QUANTITIES,
    elements,
    orbit_of,
    spread_elements,
)

STILL = Environment(rotation_rad_s=0.0)
SPIN = np.array([0.0, 0.0, WGS84_ROTATION_RAD_S])


def earth_fixed(position, velocity):
    """Return the earth-fixed state of an inertial one in axes that coincide at that instant."""
    return np.concatenate([position, velocity - np.cross(SPIN, position)])


def test_vallado_example_2_5():
    """Vallado (2013), example 2-5: a = 36,127.343 km, e = 0.832853, i = 87.870 degrees."""
    r = np.array([6524.834, 6862.875, 6448.296]) * 1e3
    v = np.array([4.901327, 5.533756, -1.976341]) * 1e3
    orbit = orbit_of(earth_fixed(r, v))
    perigee, apogee = orbit.perigee_m + WGS84_SEMI_MAJOR_M, orbit.apogee_m + WGS84_SEMI_MAJOR_M
    assert (perigee + apogee) / 2 == pytest.approx(36_127_343, abs=20)  # their mu has ten digits fewer
    assert (apogee - perigee) / (apogee + perigee) == pytest.approx(0.832853, abs=6e-7)
    assert math.degrees(orbit.inclination_rad) == pytest.approx(87.870, abs=1e-3)


def test_circular_orbit():
    """A circular orbit has its height as perigee and apogee, and minus mu over 2 r as energy."""
    r = 7_000e3
    v = math.sqrt(WGS84_MU_M3_S2 / r)
    orbit = orbit_of(earth_fixed(np.array([r, 0, 0]), np.array([0, 0.6 * v, 0.8 * v])))
    assert orbit.perigee_m == pytest.approx(r - WGS84_SEMI_MAJOR_M, abs=0.1)
    assert orbit.apogee_m == pytest.approx(r - WGS84_SEMI_MAJOR_M, abs=0.1)
    assert orbit.energy_j_kg == pytest.approx(-WGS84_MU_M3_S2 / (2 * r), rel=1e-12)
    assert orbit.inclination_rad == pytest.approx(math.acos(0.6), abs=1e-9)


def test_vertical_throw_without_rotation():
    """Thrown straight up at v from R, a body rises to R / (1 - v^2 R / 2 mu) and its perigee is the centre."""
    radius, speed = WGS84_SEMI_MAJOR_M, 3_000.0
    out = elements(np.array([radius, 0, 0, speed, 0, 0]), STILL.as_array())
    top = radius / (1 - speed**2 * radius / (2 * WGS84_MU_M3_S2))
    assert out[APOGEE] == pytest.approx(top - radius, abs=0.01)
    assert out[PERIGEE] == pytest.approx(-radius, abs=0.01)
    assert out[ENERGY_HEIGHT] == pytest.approx(speed**2 / 2 / 9.80665, abs=1e-3)


def test_escape_has_no_apogee():
    """Above escape speed the energy is positive and the apogee the stated bound."""
    out = elements(np.array([7_000e3, 0, 0, 0, 0, 11_000.0]), STILL.as_array())
    assert out[APOGEE] == NO_APOGEE_M


LEO = (
    "1 25544U 98067A   19343.69339541  .00001764  00000-0  40967-4 0  9992",
    "2 25544  51.6439 211.2001 0007417  17.6667  85.6398 15.50103472202482",
)


def test_sgp4_perigee_and_apogee():
    """Around one revolution the osculating orbit of SGP4's states holds the elements' own perigee and apogee.

    The mean elements differ from the osculating ones by J2's short-period terms, below 15 km in low orbit.
    """
    satellite = Satrec.twoline2rv(*LEO, SGP4_WGS84)
    mean_perigee, mean_apogee = satellite.altp * 6_378_137.0, satellite.alta * 6_378_137.0
    for minute in range(0, 93, 3):
        error, r, v = satellite.sgp4(satellite.jdsatepoch, satellite.jdsatepochF + minute / 1440)
        assert error == 0
        orbit = orbit_of(earth_fixed(np.array(r) * 1e3, np.array(v) * 1e3))
        assert orbit.perigee_m == pytest.approx(mean_perigee, abs=15e3)
        assert orbit.apogee_m == pytest.approx(mean_apogee, abs=15e3)
        assert math.degrees(orbit.inclination_rad) == pytest.approx(51.64, abs=0.06)


def test_uncertainty_matches_draws():
    """Means and sigmas by cubature agree with those of 200,000 draws within 3 %."""
    state = np.array([6_500e3, 300e3, 200e3, 1_500.0, 3_500.0, -800.0])
    rng = np.random.default_rng(1)
    root = np.tril(rng.normal(size=(6, 6))) * np.array([300.0, 300, 300, 40, 40, 40])[:, None]
    env = STILL.as_array()
    mean, spread = np.empty(QUANTITIES), np.empty((QUANTITIES, QUANTITIES))
    spread_elements(state, root, env, mean, spread)
    drawn = np.array([elements(x, env) for x in state + rng.normal(size=(200_000, 6)) @ root.T])
    for i in range(QUANTITIES):
        assert math.sqrt(spread[i, i]) == pytest.approx(drawn[:, i].std(), rel=0.03)
        assert mean[i] == pytest.approx(drawn[:, i].mean(), abs=0.02 * drawn[:, i].std())
