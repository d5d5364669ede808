"""Posterior samples of a flight: what the summaries in `Flight` are made from."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FlightSamples:
    """Weighted samples of one flight's posterior, structure of arrays, each of shape (n,).

    Angles in radians, lengths in metres, times in seconds, speeds in m/s relative to the rotating earth;
    `launch_time_s` counts from the Unix epoch (NaN where no evidence fixes the date), azimuth clockwise from
    north. Of a cruise flight burnouts are NaN and the range is the length flown. `path_parameters` (n, p)
    reproduces each path with `flight.paths` (empty where a sample came from a track). `weight` sums to 1. Compares
    by identity.
    """

    launch_lat_rad: Array
    launch_lon_rad: Array
    launch_time_s: Array
    azimuth_rad: Array
    burnout_time_s: Array
    burnout_speed_m_s: Array
    burnout_angle_rad: Array
    burnout_height_m: Array
    apogee_m: Array
    range_m: Array
    flight_time_s: Array
    impact_lat_rad: Array
    impact_lon_rad: Array
    class_index: NDArray[np.int64]
    weight: Array
    path_parameters: Array

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, index: NDArray[np.int64]) -> "FlightSamples":
        """Return the samples at `index`, equally weighted: resampling and thinning."""
        picked = {f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "weight"}
        return FlightSamples(**picked, weight=np.full(len(index), 1 / len(index)))
