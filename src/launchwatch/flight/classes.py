"""Classes of flight that an estimate tells apart.

By the range that the missile is made for: short (below 1,000 km), medium (to 3,000), intermediate (to 5,500),
intercontinental; and quasi-ballistic, which stays low and lifts. National Air and Space Intelligence Center,
"Ballistic and cruise missile threat" (2020), page 3.
"""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel
from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2

Array = NDArray[np.float64]

CLASSES = ("quasi-ballistic", "SRBM", "MRBM", "IRBM", "ICBM")
QUASI_BALLISTIC = 0
KINDS = (*CLASSES, "cruise")
"""The classes of ballistic missiles, and what cruises."""

CRUISE = len(CLASSES)
RANGE_LIMITS_M = (1_000e3, 3_000e3, 5_500e3)
ENERGY_AT_M = 60e3
"""Height to which an energy is referred before its range is reckoned: where a short-range missile burns out.

Over the burnout's own height the range differs by up to a fifth between burnouts at 60 and 300 km of one energy.
Referred to 60 km it stays the same along a free path. Simulated normal flights of more than 1,000 km reach 1.06 to
1.09 times as far (medians by range; 1.14 to 1.18 times the range over the burnout's own height).
"""


def minimum_energy_range_m(speed_m_s: Array, height_m: Array) -> Array:
    """Return how far (m, over ground) a burnout speed and height would carry on a minimum-energy path.

    Free flight over a sphere without air: with Q = v^2 r / mu the angle between two points at burnout height is
    2 asin(Q / (2 - Q)) (Wheelon, "Free flight of a ballistic missile", ARS J. 29, 1959); half the earth's
    circumference where the speed nears the circular one.
    """
    radius = MEAN_RADIUS_M + np.asarray(height_m)
    q = np.minimum(np.square(speed_m_s) * radius / WGS84_MU_M3_S2, 1.0)
    return np.asarray(2 * MEAN_RADIUS_M * np.arcsin(q / (2 - q)))


def energy_range_m(speed_m_s: Array, height_m: Array) -> Array:
    """Return how far (m, over ground) a speed's and height's energy carries on a minimum-energy path from 60 km.

    The speed is that which the same free path has at 60 km; 0 where it does not reach up to there.
    """
    gained = 2 * WGS84_MU_M3_S2 * (1 / (MEAN_RADIUS_M + ENERGY_AT_M) - 1 / (MEAN_RADIUS_M + np.asarray(height_m)))
    speed = np.sqrt(np.maximum(np.square(speed_m_s) + gained, 0.0))
    return minimum_energy_range_m(speed, np.full_like(speed, ENERGY_AT_M))


@inline_kernel
def class_of_energy(speed_m_s: float, height_m: float, lifted: bool) -> int:
    """Return one flight's class as `class_by_energy` does."""
    if lifted:
        return QUASI_BALLISTIC
    gained = 2 * WGS84_MU_M3_S2 * (1 / (MEAN_RADIUS_M + ENERGY_AT_M) - 1 / (MEAN_RADIUS_M + height_m))
    q = (speed_m_s * speed_m_s + gained) * (MEAN_RADIUS_M + ENERGY_AT_M) / WGS84_MU_M3_S2
    q = min(max(q, 0.0), 1.0)
    reach = 2 * MEAN_RADIUS_M * math.asin(q / (2 - q))
    found = 1
    for limit in RANGE_LIMITS_M:
        found += reach >= limit
    return found


def class_by_energy(speed_m_s: Array, height_m: Array, lifted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return class indices (n,) from burnout speed (m/s) and height (m): quasi-ballistic where it lifted."""
    by_range = 1 + np.searchsorted(RANGE_LIMITS_M, energy_range_m(speed_m_s, height_m), side="right")
    return np.where(lifted, QUASI_BALLISTIC, by_range).astype(np.int64)


def class_by_range(range_m: float) -> int:
    """Return the index in `CLASSES` of a ballistic missile that flies this far on a minimum-energy path."""
    return 1 + sum(range_m >= limit for limit in RANGE_LIMITS_M)


TRAJECTORIES = ("depressed", "normal", "lofted")
_STEEPNESS = 0.5
"""Of ln(apogee over the minimum-energy path's), a factor of 1.65: 134 of 136 catalogued flights part here."""


def minimum_energy_apogee_m(range_m: Array) -> Array:
    """Return how high (m) a minimum-energy path of a range (m, over ground) climbs, over a sphere without air.

    At burnout the path rises by (pi - angle) / 4 with Q = 2 s / (1 + s), s = sin(angle / 2) (Wheelon 1959); an
    ellipse of semi-major axis r / (2 - Q). A quarter of a short range; 1,320 km for 10,000 km.
    """
    angle = np.clip(np.asarray(range_m) / MEAN_RADIUS_M, 1e-6, math.pi)
    half = np.sin(0.5 * angle)
    q = 2 * half / (1 + half)
    eccentricity = np.sqrt(np.maximum(1 - q * (2 - q) * np.square(np.cos((math.pi - angle) / 4)), 0.0))
    return np.asarray(MEAN_RADIUS_M * ((1 + eccentricity) / (2 - q) - 1))


def trajectory_of(apogee_m: Array, range_m: Array) -> NDArray[np.int64]:
    """Return indices (n,) in `TRAJECTORIES`: how high flights climb for how far they go."""
    steep = np.log(np.maximum(apogee_m, 1.0) / minimum_energy_apogee_m(range_m))
    return np.asarray(np.searchsorted((-_STEEPNESS, _STEEPNESS), steep), dtype=np.int64)
