"""Tracks: state estimates of one object over time."""

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.flight import Ellipse, PointEstimate


class ImpactPrediction(Value, frozen=True, kw_only=True):
    """Where the object falls if its present motion goes on: no further thrust, lift as now estimated.

    `reach_km` bounds how far along track a pull-up that has not begun could still carry it; None where the
    path is too high or too late for one.
    """

    lat_deg: float
    lon_deg: float
    time_utc: str
    ellipse_95: Ellipse
    reach_km: float | None = None


class TrackUpdate(Value, frozen=True, kw_only=True):
    """The state after one scan: earth-fixed WGS84 position and velocity, 6 x 6 covariance row by row."""

    time_utc: str
    position_ecef_m: tuple[float, float, float]
    velocity_ecef_m_s: tuple[float, float, float]
    covariance: tuple[float, ...] | None = None
    modes: dict[str, float]
    class_: dict[str, float] = msgspec.field(name="class")
    impact: ImpactPrediction | None = None
    existence: float
    plots: int


class Track(Value, frozen=True, kw_only=True):
    """One object's track: how it began, what it is, where it came from and where it goes."""

    id: str
    status: str
    first_utc: str
    last_utc: str
    class_: dict[str, float] = msgspec.field(name="class")
    launch: PointEstimate | None
    heading_deg: float | None
    impact: PointEstimate | None
    updates: tuple[TrackUpdate, ...]
    plots_used: int
    sensors: tuple[str, ...]
    provenance: Provenance
