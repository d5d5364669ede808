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


@dataclass(frozen=True, eq=False)
class PathSamples:
    """Weighted draws of a whole path, from lift-off to the ground, on one grid of times.

    `time_s` (k,) counts from lift-off and ascends; the rest is (n, k), NaN after impact: radians, longitudes
    without jumps along each path, ellipsoidal heights in metres. `weight` (n,) sums to 1. Compares by identity.
    """

    time_s: Array
    lat_rad: Array
    lon_rad: Array
    height_m: Array
    weight: Array

    def __len__(self) -> int:
        return len(self.weight)

    def finer(self, times: int) -> "PathSamples":
        """Return the paths with so many steps for each one, straight between: 20 m off in 4 s of free fall."""
        share = np.arange(times) / times

        def between(values: Array) -> Array:
            steps = values[:, :-1, None] + np.diff(values, axis=1)[:, :, None] * share
            return np.concatenate([steps.reshape(len(values), -1), values[:, -1:]], axis=1)

        time_s = between(self.time_s[None])[0]
        return PathSamples(
            time_s, between(self.lat_rad), between(self.lon_rad), between(self.height_m), self.weight
        )
