"""Paths to draw from a posterior's samples: the one in the middle, and a fan that shows the spread."""

import numpy as np

from launchwatch.estimate.track import path_points
from launchwatch.facts import FlightSamples, Path, PathPoint
from launchwatch.flight.classes import CRUISE
from launchwatch.flight.paths import path_of

_DRAWN_SAMPLES = 40
_PATH_STEP_S = 5.0


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
    end_s, cruising = float(samples.flight_time_s[i]), bool(samples.class_index[i] == CRUISE)
    return tuple(path_points(*path_of(samples.path_parameters[i], end_s, _PATH_STEP_S, cruising=cruising)))
