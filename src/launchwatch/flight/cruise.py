"""Cruise flights in closed form: a row of numbers for each, and where it is at a time.

A row is as wide as a boost's (`parameters`), with place and azimuth where they stand there, and no lift.
"""

import numpy as np
from numpy.typing import NDArray

from launchwatch.flight import parameters as prm
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.geodesic import destination

Array = NDArray[np.float64]

SPEED, HEIGHT, LENGTH, DISTANCE = 4, 5, 6, 7
"""Columns beside `LAT`, `LON`, `AZIMUTH`: m/s, m, the path's length and its end's distance from launch, m."""

_CLIMB_M, _CLIMB_SLOPE = 20e3, 0.5  # drawn to climb and sink within 20 km, and never steeper than 1 to 2


def places_at(row: Array, times_s: Array) -> Array:
    """Return earth-fixed places (k, 3) of a cruise flight at times (k,) after launch, s.

    Its turns are not known: it is drawn as if it went straight to its end, as late as it arrives there.
    """
    flown = np.clip(row[SPEED] * times_s, 0.0, row[LENGTH])
    straight = flown * (row[DISTANCE] / row[LENGTH])
    lat, lon = destination(row[prm.LAT], row[prm.LON], row[prm.AZIMUTH], straight)
    climb = max(_CLIMB_M, row[HEIGHT] / _CLIMB_SLOPE)
    ends = np.minimum(flown, row[LENGTH] - flown) / climb
    return ecef_from_geodetic(lat, lon, row[HEIGHT] * np.minimum(ends, 1.0))
