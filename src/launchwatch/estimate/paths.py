"""Paths to draw from a posterior's samples: the one in the middle, and a fan that shows the spread."""

import numpy as np
from numpy.typing import NDArray

from launchwatch.estimate.fuse.cruising import places_at
from launchwatch.estimate.track import path_points
from launchwatch.facts import FlightSamples, Path, PathPoint
from launchwatch.flight.classes import CRUISE
from launchwatch.flight.propagation import IMPACT_STATE, IMPACT_TIME, fly_path

Array = NDArray[np.float64]

_DRAWN_SAMPLES = 40
_PATH_STEP_S = 5.0
_MOST_POINTS = 400  # of a cruise flight, which may last three hours


def sampled_paths(samples: FlightSamples) -> list[Path]:
    """Return the sample nearest to all medians, and forty drawn evenly from the posterior."""
    columns = np.column_stack(
        [
            np.log(samples.range_m),
            np.log(np.maximum(samples.apogee_m, 1.0)),
            samples.impact_lat_rad,
            samples.impact_lon_rad,
        ]
    )
    off = np.abs((columns - np.median(columns, axis=0)) / (columns.std(axis=0) + 1e-12)).sum(axis=1)
    # Samples at even steps of the range's distribution: the fan shows the posterior's spread, the same each time.
    order = np.argsort(samples.range_m, kind="stable")
    levels = (np.arange(_DRAWN_SAMPLES) + 0.5) / _DRAWN_SAMPLES
    even = order[np.minimum(np.searchsorted(np.cumsum(samples.weight[order]), levels), len(order) - 1)]
    median = Path(kind="median", basis="claims", points=_flown(samples, int(np.argmin(off))))
    return [
        median,
        *(Path(kind="sample", basis="claims", points=_flown(samples, int(i))) for i in np.unique(even)),
    ]


def _flown(samples: FlightSamples, i: int) -> tuple[PathPoint, ...]:
    return tuple(path_points(*flown_path(samples, i, _PATH_STEP_S)))


def flown_path(samples: FlightSamples, i: int, step_s: float) -> tuple[Array, Array]:
    """Return the times (k,) of sample i's path, launch to impact, s, and its earth-fixed places (k, 3)."""
    end_s = float(samples.flight_time_s[i])
    if samples.class_index[i] == CRUISE:
        times = np.append(np.arange(0, end_s, max(step_s, end_s / _MOST_POINTS)), end_s)
        return times, places_at(samples.path_parameters[i], times)
    times = np.arange(0, end_s, step_s)
    states, outcome = fly_path(samples.path_parameters[i], times, tolerance_m=30.0)
    before = times < outcome[IMPACT_TIME]
    places = np.vstack([states[before, :3], outcome[IMPACT_STATE : IMPACT_STATE + 3]])
    return np.append(times[before], outcome[IMPACT_TIME]), places
