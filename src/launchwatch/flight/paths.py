"""Paths of flights of either kind, from launch to impact."""

import numpy as np
from numpy.typing import NDArray

from launchwatch.flight.cruise import places_at
from launchwatch.flight.propagation import IMPACT_STATE, IMPACT_TIME, fly_path

Array = NDArray[np.float64]

_TOLERANCE_M = 30.0
_MOST_POINTS = 400  # of a cruise flight, which may last three hours


def path_of(row: Array, end_s: float, step_s: float, *, cruising: bool) -> tuple[Array, Array]:
    """Return the times (k,) of a flight's path, s after launch, its end last, and earth-fixed places (k, 3).

    A cruise flight's steps may be wider than `step_s`: little happens in them.
    """
    if cruising:
        times = np.append(np.arange(0, end_s, max(step_s, end_s / _MOST_POINTS)), end_s)
        return times, places_at(row, times)
    times = np.arange(0, end_s, step_s)
    states, outcome = fly_path(row, times, tolerance_m=_TOLERANCE_M)
    before = times < outcome[IMPACT_TIME]
    places = np.vstack([states[before, :3], outcome[IMPACT_STATE : IMPACT_STATE + 3]])
    return np.append(times[before], outcome[IMPACT_TIME]), places
