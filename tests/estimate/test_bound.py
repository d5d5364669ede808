"""The tracker's bound along a true path: the mode that a path shows, and what one look alone can know."""

import math

import numpy as np
import pytest

from launchwatch.estimate.track import motion
from launchwatch.estimate.track.bound import bound_along, true_row
from launchwatch.estimate.track.sensors import Look, sensor_model
from launchwatch.facts import Sensor
from launchwatch.flight.environment import EARTH
from launchwatch.flight.forces import air_density, earth_fixed
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up

ENV = EARTH.as_array()
LAT, LON, HEIGHT = math.radians(40.0), math.radians(130.0), 29e3
PLACE = ecef_from_geodetic(np.array([LAT]), np.array([LON]), np.array([HEIGHT]))[0]
EAST, NORTH, UP = east_north_up(LAT, LON)


def flying(speed, climb_deg, along=0.0, across=0.0):
    """Return state (6,) and acceleration (3,): northward, with forces along the velocity and across it, upward."""
    climb = math.radians(climb_deg)
    ahead, upward = (
        math.cos(climb) * NORTH + math.sin(climb) * UP,
        -math.sin(climb) * NORTH + math.cos(climb) * UP,
    )
    state = np.concatenate([PLACE, speed * ahead])
    return state, np.array(earth_fixed(*state[:5], ENV)) + along * ahead + across * upward


def pressure(speed):
    return 0.5 * air_density(HEIGHT, ENV) * speed**2 * 1e-4


def test_thrust_and_tilt_are_read_off_a_boost():
    """A force of 30 m/s^2 along and 4 across the velocity is a boost of 30.27 m/s^2, tilted by atan(4/30)."""
    mode, row = true_row(*flying(1500.0, 45.0, 30.0, 4.0))
    assert mode == motion.BOOST
    assert row[motion.THRUST] == pytest.approx(math.hypot(30, 4), rel=1e-6)
    assert row[motion.TILT] == pytest.approx(math.atan2(4, 30), rel=1e-6)


def test_drag_is_read_off_a_fall():
    """A force against the velocity is a coast with the drag parameter that makes it."""
    mode, row = true_row(*flying(2500.0, -40.0, along=-1.7 * pressure(2500.0)))
    assert mode == motion.COAST
    assert row[motion.DRAG] == pytest.approx(math.log(1.7), abs=1e-6)


def test_lift_is_read_off_a_pull_up():
    """A force across the velocity is a glide with the lift parameter that makes it."""
    mode, row = true_row(*flying(2500.0, -20.0, along=-pressure(2500.0), across=40.0))
    assert mode == motion.GLIDE
    assert row[motion.LIFT] == pytest.approx(40.0 / pressure(2500.0), rel=1e-6)


def test_wings_are_read_off_level_flight():
    """Lift that bears the weight at an even speed is level flight; slowed by drag a glide; without it a coast."""
    weight = -np.array(earth_fixed(*PLACE, 0.0, 0.0, ENV)) @ UP
    assert true_row(*flying(250.0, 0.0, across=weight))[0] == motion.LEVEL
    assert true_row(*flying(900.0, 0.0, along=-5.0, across=weight))[0] == motion.GLIDE
    assert true_row(*flying(250.0, -60.0))[0] == motion.COAST


def radar(probability=1.0, **fields):
    return sensor_model(
        Sensor(
            id="R",
            kind="radar",
            lat_deg=38.0,
            lon_deg=130.0,
            height_m=0.0,
            sigma_range_m=30.0,
            sigma_azimuth_deg=0.1,
            sigma_elevation_deg=0.1,
            scan_s=1.0,
            detection_probability=probability,
            **fields,
        )
    )


def bounds(times, sees, probability=1.0):
    model = radar(probability)
    state, acceleration = flying(2000.0, 30.0)
    looks = [Look(model, t, np.empty(0), np.empty((0, 3)), (), None) for t in times]
    states = np.array([np.concatenate([state[:3] + t * state[3:], state[3:]]) for t in times])
    return bound_along(looks, np.array(sees), states, np.tile(acceleration, (len(times), 1))), model, states


def test_one_look_knows_what_one_plot_measures():
    """After one look the place is known to range and angle accuracies times distance, the velocity not at all."""
    (found,), model, states = bounds([0.0], [True], 0.998)
    line = states[0, :3] - model.position
    distance = np.linalg.norm(line)
    flat = math.hypot(model.enu[0] @ line, model.enu[1] @ line)
    angle = math.radians(0.1)
    want = 30.0**2 + (distance * angle) ** 2 + (flat * angle) ** 2
    assert np.trace(found[:3, :3]) * 0.998 == pytest.approx(want, rel=1e-3)
    assert np.sqrt(np.diag(found)[3:]) == pytest.approx([3000.0] * 3, rel=1e-3)


def test_half_the_detections_give_half_the_information():
    """One look of detection probability 0.5 leaves twice the variance."""
    (sure,), _, _ = bounds([0.0], [True], 0.998)
    (half,), _, _ = bounds([0.0], [True], 0.499)
    assert np.trace(half[:3, :3]) == pytest.approx(2 * np.trace(sure[:3, :3]), rel=1e-3)


def test_bound_is_unknown_before_the_first_look_that_sees():
    """Looks elsewhere tell nothing at first; between looks that see, the bound grows, and shrinks with each."""
    found, _, _ = bounds([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [False, True, True, True, False, True])
    spread = np.sqrt(np.einsum("kii->ki", found)[:, :3].sum(axis=1))
    assert np.isnan(spread[0])
    assert spread[3] < spread[4]
    assert spread[5] < spread[4]


def test_height_of_the_example():
    """The example flies at 29 km, where there is air to read drag and lift from (US Standard Atmosphere)."""
    assert geodetic_from_ecef(PLACE[None])[0, 2] == pytest.approx(HEIGHT, abs=1e-3)
    assert air_density(HEIGHT, ENV) == pytest.approx(2.1478e-2, rel=1e-3)
