"""One state of a track as maps take it: degrees, height, course, speed and errors; refused where none can be."""

import math
from typing import NamedTuple

import numpy as np

from launchwatch.basis.errors import InputError
from launchwatch.facts import TrackUpdate
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up

LOWEST_M, HIGHEST_M = -20_000.0, 5e7
"""Below, it is noise of no track; above, beyond what falls back within a day."""
FASTEST_M_S = 12_500.0
"""Escape speed is 11.2 km/s; what a filter makes of noise may be a little above."""


class Geodetic(NamedTuple):
    """WGS84 degrees, ellipsoidal height, speed relative to the earth and where it points.

    `course_deg` is clockwise from true north, in [0, 360), `slope_deg` above the horizontal; `horizontal_m` is one
    sigma along the major axis of the horizontal error, `vertical_m` one sigma of the height; None where unknown.
    """

    lat_deg: float
    lon_deg: float
    height_m: float
    speed_m_s: float
    course_deg: float
    slope_deg: float
    horizontal_m: float | None
    vertical_m: float | None


def geodetic(update: TrackUpdate) -> Geodetic:
    """Return a state in geodetic terms; InputError where it lies outside what an exporter can stand for."""
    numbers = (*update.position_ecef_m, *update.velocity_ecef_m_s, *(update.covariance or ()))
    if not all(map(math.isfinite, numbers)):
        raise InputError("a state that is no number", given=update.position_ecef_m, allowed="finite metres")
    lat, lon, height = map(float, geodetic_from_ecef(np.array([update.position_ecef_m]))[0])
    speed = math.hypot(*update.velocity_ecef_m_s)
    if not LOWEST_M <= height <= HIGHEST_M:
        allowed = f"{LOWEST_M / 1e3:g} to {HIGHEST_M / 1e3:g} km"
        raise InputError("height cannot be told", given=f"{height / 1e3:.1f} km", allowed=allowed)
    if speed > FASTEST_M_S:
        raise InputError("speed cannot be told", given=f"{speed:.0f} m/s", allowed=f"at most {FASTEST_M_S:g} m/s")
    axes = east_north_up(lat, lon)
    east, north, up = axes @ np.array(update.velocity_ecef_m_s)
    horizontal, vertical = _errors(update, axes)
    return Geodetic(
        math.degrees(lat), math.degrees(lon), height, speed, math.degrees(math.atan2(east, north)) % 360.0,
        math.degrees(math.atan2(up, math.hypot(east, north))), horizontal, vertical,
    )  # fmt: skip


def _errors(update: TrackUpdate, axes: np.ndarray) -> tuple[float | None, float | None]:
    if update.covariance is None:
        return None, None
    position = np.array(update.covariance).reshape(6, 6)[:3, :3]
    local = axes @ position @ axes.T
    return math.sqrt(max(np.linalg.eigvalsh(local[:2, :2])[-1], 0.0)), math.sqrt(max(local[2, 2], 0.0))
