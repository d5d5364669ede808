"""Classes of flight by energy."""

import numpy as np
import pytest

from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2
from launchwatch.flight.classes import class_by_energy, energy_range_m, minimum_energy_range_m


def test_one_free_path_has_one_range_at_every_height():
    """5 km/s at 60 km carries as far as the speed that the same free path keeps at 300 km."""
    base, high = MEAN_RADIUS_M + 60e3, MEAN_RADIUS_M + 300e3
    speed = np.sqrt(5_000.0**2 - 2 * WGS84_MU_M3_S2 * (1 / base - 1 / high))
    ranges = energy_range_m(np.array([5_000.0, speed]), np.array([60e3, 300e3]))
    assert ranges[0] == pytest.approx(minimum_energy_range_m(np.array(5_000.0), np.array(60e3)))
    assert ranges[1] == pytest.approx(ranges[0])


def test_the_class_of_a_free_path_does_not_depend_on_where_it_burnt_out():
    """A path of 3,050 km at 60 km is of intermediate range by its energy at 300 km too, unless it lifted."""
    base, high = MEAN_RADIUS_M + 60e3, MEAN_RADIUS_M + 300e3
    sine = np.sin(3_050e3 / (2 * MEAN_RADIUS_M))
    square = 2 * sine / (1 + sine) * WGS84_MU_M3_S2 / base
    speeds = np.sqrt(np.array([square, square - 2 * WGS84_MU_M3_S2 * (1 / base - 1 / high), square]))
    found = class_by_energy(speeds, np.array([60e3, 300e3, 60e3]), np.array([False, False, True]))
    assert found.tolist() == [3, 3, 0]


def test_what_cannot_reach_the_height_carries_nowhere():
    """100 m/s at 10 km does not rise to 60."""
    assert energy_range_m(np.array(100.0), np.array(10e3)) == 0.0
