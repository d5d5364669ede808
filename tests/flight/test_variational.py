"""A fall's derivative and noise against SciPy's DOP853, differences of flights and the flat earth's formulas."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from launchwatch.flight import parameters as prm
from launchwatch.flight import propagation as fp
from launchwatch.flight.atmosphere import density
from launchwatch.flight.environment import EARTH, Environment
from launchwatch.flight.variational import (
    EAST,
    IMPACT_STATE,
    IMPACT_TIME,
    LATE,
    NORTH,
    OUTCOMES,
    STATUS,
    fall,
    sensitivity,
    workspace,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from tests.flight.reference import OMEGA, gravity, height_and_up

NO_NOISE = np.zeros(3)
LOG_DRAG = math.log(2.0)  # 5,000 kg/m^2


def state(height_m, speed_m_s, climb_deg, azimuth_deg=85.0):
    lat, lon, climb, azimuth = np.radians([39.0, 126.0, climb_deg, azimuth_deg])
    place = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height_m]))[0]
    level = [math.sin(azimuth) * math.cos(climb), math.cos(azimuth) * math.cos(climb), math.sin(climb)]
    return np.concatenate([place, east_north_up(lat, lon).T @ np.array(level) * speed_m_s])


CASES = {
    "burnout": state(60e3, 2523.0, 55.0),
    "apogee": state(300e3, 1450.0, 0.0),
    "re-entry": state(40e3, 2400.0, -55.0),
    "lofted": state(100e3, 6000.0, 85.0),
}


def flown(x, log_drag=LOG_DRAG, environment=EARTH, noise=NO_NOISE, tolerance=10.0):
    env, out, row, added = environment.as_array(), np.empty(OUTCOMES), np.empty((3, 7)), np.empty((3, 3))
    space = workspace()
    steps = fall(x, log_drag, env, tolerance, 21_600.0, *space, out)
    assert out[STATUS] == fp.IMPACT
    sensitivity(*space, steps, log_drag, env, noise, out, row, added)
    return out, row, added


def exact(x, log_drag, environment=EARTH):
    """Return place, time on the ground by the flight core at a tolerance of a micrometre."""
    row, out = np.zeros(prm.COUNT), np.empty(fp.OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = 1e4 / math.exp(log_drag)
    fp.coast(x, row, environment.as_array(), 0.0, 1e-6, 21_600.0, np.empty(0), np.empty((0, 6)), out)
    return np.append(out[fp.IMPACT_STATE : fp.IMPACT_STATE + 3], out[fp.IMPACT_TIME])


def dop853(x, log_drag):
    beta, w = 1e4 / math.exp(log_drag), np.array([0, 0, OMEGA])

    def rate(_, y):
        r, v = y[:3], y[3:]
        drag = 0.5 * density(height_and_up(r)[0]) * np.linalg.norm(v) / beta * v
        return np.concatenate([v, gravity(r) - 2 * np.cross(w, v) - np.cross(w, np.cross(w, r)) - drag])

    def hit(_, y):
        return height_and_up(y[:3])[0]

    hit.terminal, hit.direction = True, -1
    out = solve_ivp(rate, (0, 10_000), x, method="DOP853", rtol=1e-11, atol=1e-6, events=hit, max_step=60)
    return np.append(out.y[:3, -1], out.t[-1])


@pytest.mark.parametrize("name", CASES)
def test_impact_is_that_of_dop853(name):
    """At the tolerance that predictions use (10 m a step) place and time are within 5 m and 10 ms of DOP853's."""
    out, _, _ = flown(CASES[name])
    there = dop853(CASES[name], LOG_DRAG)
    assert np.linalg.norm(out[IMPACT_STATE : IMPACT_STATE + 3] - there[:3]) < 5.0
    assert out[IMPACT_TIME] == pytest.approx(there[3], abs=0.01)


def differences(x, environment):
    """Return the derivative (3, 7) by central differences of exact flights."""
    place = exact(x, LOG_DRAG, environment)[None, :3]
    axes = east_north_up(*geodetic_from_ecef(place)[0, :2])
    scale = np.array([100.0] * 3 + [0.1] * 3 + [0.02])
    found = np.empty((3, 7))
    for j in range(7):
        moved = []
        for side in (-1, 1):
            y = np.append(x, LOG_DRAG)
            y[j] += side * scale[j]
            moved.append(exact(y[:6], y[6], environment))
        difference = (moved[1] - moved[0]) / (2 * scale[j])
        found[:2, j], found[2, j] = (axes @ difference[:3])[:2], difference[3]
    return found


POSITION, VELOCITY, DRAG = slice(0, 3), slice(3, 6), slice(6, 7)


def worst(row, found, rows, part):
    return np.abs(row[rows, part] - found[rows, part]).max() / np.abs(found[rows, part]).max()


@pytest.mark.parametrize("name", CASES)
def test_derivative_is_that_of_flights(name):
    """At 0.01 m a step, without J2 (its gradient is left out), it is that of differences: 0.1 %, time 0.2 %."""
    round_earth = Environment(j2=0.0)
    _, row, _ = flown(CASES[name], environment=round_earth, tolerance=0.01)
    found = differences(CASES[name], round_earth)
    for part in (POSITION, VELOCITY, DRAG):
        assert worst(row, found, slice(0, 2), part) < 1e-3
        assert worst(row, found, slice(2, 3), part) < 2e-3


@pytest.mark.parametrize("name", CASES)
def test_derivative_as_used(name):
    """At 10 m a step on the whole earth, the ground's derivative by velocity is within 0.3 %; others as docs say.

    The lofted flight takes 40 minutes, the place of its start counts for little: 4 % of that is J2.
    """
    _, row, _ = flown(CASES[name])
    found = differences(CASES[name], EARTH)
    assert worst(row, found, slice(0, 2), VELOCITY) < 3e-3
    assert worst(row, found, slice(0, 2), POSITION) < (0.04 if name == "lofted" else 1e-3)
    assert worst(row, found, slice(0, 2), DRAG) < 0.02
    for part in (POSITION, VELOCITY, DRAG):
        assert worst(row, found, slice(2, 3), part) < 0.02


def test_noise_over_a_flat_earth():
    """White acceleration q over T s without air spreads the ground by q T^3 / 3 across the path."""
    radius = 6.371e10
    flat = Environment(
        mu_m3_s2=9.81 * radius**2, j2=0.0, semi_major_m=radius, flattening=0.0, rotation_rad_s=0.0, air="none"
    )
    x = np.array([radius, 0.0, 0.0, 1000.0, 0.0, 800.0])  # up, east, north at 0 N 0 E
    out, row, added = flown(x, environment=flat, noise=np.array([1e-4, 0.0, 0.0]))
    time = 2 * 1000.0 / 9.81
    assert out[IMPACT_TIME] == pytest.approx(time, rel=1e-4)
    assert added[EAST, EAST] == pytest.approx(1e-4 * time**3 / 3, rel=1e-4)
    assert added[LATE, LATE] == pytest.approx(1e-4 * time**3 / 3 / 1000.0**2, rel=1e-4)
    assert added[NORTH, NORTH] == pytest.approx(1e-4 * time**3 / 3 * (1 + 0.8**2), rel=1e-4)
    assert row[NORTH, 3:6] == pytest.approx([0.8 * time, 0.0, time], rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("name", ["burnout", "re-entry"])
def test_noise_is_the_integral_of_later_derivatives(name):
    """The covariance by noise equals a fine quadrature of derivatives taken from later states of the flight."""
    x, noise = CASES[name], np.array([1e-4, 4e-3, 4e-4])
    out, _, added = flown(x, noise=noise)
    row, result = np.zeros(prm.COUNT), np.empty(fp.OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = 1e4 / math.exp(LOG_DRAG)
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = 0.9999 * out[IMPACT_TIME] * (1 - np.linspace(1, 0, 40) ** 3)  # fine near the ground, where drag is
    total = np.zeros((3, 3))
    for a, b in itertools.pairwise(edges):
        times = 0.5 * (a + b) + 0.5 * (b - a) * nodes
        path = np.empty((len(times), 6))
        fp.coast(x, row, EARTH.as_array(), 0.0, 1e-3, 21_600.0, times, path, result)
        for later, weight in zip(path, weights, strict=True):
            _, at, _ = flown(later, tolerance=1.0)
            speed = np.linalg.norm(later[3:])
            drag = 0.5 * density(height_and_up(later[:3])[0]) * speed**2 * 2e-4
            q = noise[0] + noise[1] * drag**2
            density_now = q * at[:, 3:6] @ at[:, 3:6].T + noise[2] * np.outer(at[:, 6], at[:, 6])
            total += 0.5 * (b - a) * weight * density_now
    scale = np.sqrt(np.diag(total))
    np.testing.assert_allclose(added / np.outer(scale, scale), total / np.outer(scale, scale), atol=0.05)
