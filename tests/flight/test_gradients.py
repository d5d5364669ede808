"""Derivatives of accelerations against central differences of the same accelerations."""

import math

import numpy as np
import pytest

from launchwatch.flight.atmosphere import density, log_density_slope
from launchwatch.flight.environment import EARTH, Environment
from launchwatch.flight.gradients import coasting, coasting_gradient

STATES = {
    "at 30 km, falling": [2.0e6, -4.0e6, 4.55e6, 900.0, -300.0, -1200.0],
    "at 300 km": [2.9e6, -4.3e6, 4.2e6, 1500.0, 400.0, -900.0],
}
EARTHS = {"earth": EARTH, "sphere": Environment(j2=0.0, flattening=0.0, rotation_rad_s=0.0, air="exponential")}


@pytest.mark.parametrize("height", [-200.0, 5e3, 15e3, 25e3, 49e3, 60e3, 80e3, 93e3, 117e3, 290e3, 720e3])
def test_density_slope_is_the_densitys(height):
    """The slope of the logarithm is a central difference's over 20 m, to a millionth of an inverse kilometre."""
    difference = math.log(density(height + 10) / density(height - 10)) / 20
    assert log_density_slope(height) == pytest.approx(difference, abs=1e-9)


def test_no_air_has_no_slope():
    """Above 1,000 km there is no air."""
    assert log_density_slope(1.5e6) == 0.0


@pytest.mark.parametrize("earth", EARTHS)
@pytest.mark.parametrize("name", STATES)
def test_derivatives_match_differences(earth, name):
    """All derivatives agree with central differences; by position to the share of J2, under 1e-8 per s^2."""
    env, x, log_drag = EARTHS[earth].as_array(), np.array(STATES[name]), 0.7
    by_position, by_velocity, by_drag = np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
    coasting_gradient(x, log_drag, env, by_position, by_velocity, by_drag)
    for j in range(3):
        np.testing.assert_allclose(by_position[:, j], difference(x, log_drag, env, j, 1.0), rtol=1e-4, atol=1e-8)
        np.testing.assert_allclose(by_velocity[:, j], difference(x, log_drag, env, 3 + j, 0.01), atol=1e-9)
    np.testing.assert_allclose(by_drag, difference(x, log_drag, env, None, 1e-4), rtol=1e-6, atol=1e-9)


def difference(x, log_drag, env, column, step):
    found = []
    for side in (1, -1):
        moved, out = x.copy(), np.empty(6)
        if column is not None:
            moved[column] += side * step
        coasting(moved, log_drag + (side * step if column is None else 0.0), env, out)
        found.append(out[3:])
    return (found[0] - found[1]) / (2 * step)
