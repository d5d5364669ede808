"""The fall area of one object: its impact samples in place and time, and their 95 % ellipse in a plane."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.bayes.encounters import Cloud, cloud
from launchwatch.bayes.sampling import CHI2_95_2, systematic_resample
from launchwatch.facts import FlightSamples
from launchwatch.geo.surface import surface_ecef

Floats = NDArray[np.float64]

MOST_SAMPLES = 2000
"""Samples that are asked: a probability then carries 1 % of sampling error at most."""


@dataclass(frozen=True, eq=False)
class FallArea:
    """Weighted samples (n,) of where (degrees) and when (Unix s, NaN where not known) one object fell."""

    lon_deg: Floats
    lat_deg: Floats
    time_s: Floats
    weight: Floats

    @classmethod
    def of(cls, samples: FlightSamples) -> "FallArea":
        """Return the fall area of a flight's posterior."""
        # A fixed offset in place of a random number: the subset is then the same for the same samples.
        if len(samples) > MOST_SAMPLES:
            samples = samples.take(systematic_resample(samples.weight, MOST_SAMPLES, np.random.default_rng(0)))
        lon = np.mod(np.degrees(samples.impact_lon_rad) + 180.0, 360.0) - 180.0
        time = samples.launch_time_s + samples.flight_time_s
        return cls(lon, np.degrees(samples.impact_lat_rad), time, samples.weight / samples.weight.sum())

    @property
    def timed(self) -> bool:
        """Return whether the time of the fall is known."""
        return bool(np.isfinite(self.time_s).all())

    @cached_property
    def points(self) -> Floats:
        """Return the samples earth-fixed (n, 3), m."""
        return surface_ecef(np.radians(self.lat_deg), np.radians(self.lon_deg))

    @cached_property
    def cloud(self) -> Cloud:
        """Return the samples as a tree."""
        return cloud(self.points, self.time_s, self.weight)

    @cached_property
    def _frame(self) -> tuple[Floats, Floats]:
        """Return the middle's unit vector (3,) and the plane's axes east and north as rows (2, 3)."""
        up = self.weight @ self.points
        up = up / np.linalg.norm(up)
        flat = max(math.hypot(up[0], up[1]), 1e-12)
        east = np.array([-up[1] / flat, up[0] / flat, 0.0])
        return up, np.stack((east, np.cross(up, east)))

    def plane(self, points: Floats) -> Floats:
        """Return earth-fixed points (m, 3) in the plane about the middle, east and north, m.

        Azimuthal and equidistant on the mean sphere: lengths from the middle are right to 0.3 %.
        """
        up, axes = self._frame
        flat = points @ axes.T
        size = np.hypot(flat[:, 0], flat[:, 1])
        angle = np.arctan2(size, points @ up)
        return np.asarray(flat * (MEAN_RADIUS_M * angle / np.maximum(size, 1e-6))[:, None])

    def along(self, directions: Floats) -> Floats:
        """Return directions of motion (m, 3) in the plane."""
        return np.asarray(directions @ self._frame[1].T)

    @cached_property
    def moments(self) -> tuple[Floats, Floats]:
        """Return mean (2,) and covariance (2, 2) of the samples in the plane."""
        flat = self.plane(self.points)
        mean = self.weight @ flat
        off = flat - mean
        return mean, (off * self.weight[:, None]).T @ off + 1.0 * np.eye(2)

    @cached_property
    def whitening(self) -> Floats:
        """Return the matrix (2, 2) that makes the 95 % ellipse the unit circle."""
        covariance = self.moments[1] * CHI2_95_2
        return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))

    def ellipse_points(self) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of points that fill the 95 % ellipse, rings of 48 out to its edge."""
        azimuth = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        share = np.concatenate([[0.0], np.repeat([0.25, 0.5, 0.75, 1.0], 48)])
        turned = np.concatenate([[0.0], np.tile(azimuth, 4)])
        return self._on_ground(self._ellipse(share, turned))

    def ellipse_edge(self, count: int = 180) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of points of the 95 % ellipse's edge."""
        return self._on_ground(self.edge_in_plane(count))

    def edge_in_plane(self, count: int = 180) -> Floats:
        """Return points (count, 2) of the 95 % ellipse's edge in the plane, m."""
        return self._ellipse(np.ones(count), np.linspace(0, 2 * np.pi, count, endpoint=False))

    def _ellipse(self, share: Floats, turned: Floats) -> Floats:
        circle = np.column_stack((share * np.cos(turned), share * np.sin(turned)))
        return np.asarray(self.moments[0] + circle @ np.linalg.inv(self.whitening).T)

    def _on_ground(self, flat: Floats) -> tuple[Floats, Floats]:
        up, axes = self._frame
        angle = np.hypot(flat[:, 0], flat[:, 1]) / MEAN_RADIUS_M
        to = flat @ axes / np.maximum(np.hypot(flat[:, 0], flat[:, 1]), 1e-9)[:, None]
        on = np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * to
        # The frame is about a geocentric direction: back to the geodetic latitude of the point that it pierces.
        e2 = 0.0066943799901413165
        lat = np.arctan2(on[:, 2], (1 - e2) * np.hypot(on[:, 0], on[:, 1]))
        return np.degrees(np.arctan2(on[:, 1], on[:, 0])), np.degrees(lat)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return a box (west, south, east, north, degrees) about samples and ellipse; it may pass 180 E."""
        lon, lat = self.ellipse_points()
        middle = math.degrees(math.atan2(self._frame[0][1], self._frame[0][0]))
        turned = np.mod(np.concatenate((lon, self.lon_deg)) - middle + 180.0, 360.0) - 180.0
        lats = np.concatenate((lat, self.lat_deg))
        low, high = middle + turned.min(), middle + turned.max()
        return float(low), float(lats.min()), float(high), float(lats.max())
