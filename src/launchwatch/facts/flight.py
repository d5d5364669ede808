"""The estimate of one object's path: a posterior, never a bare number."""

from typing import Self

import msgspec

from launchwatch.basis.rounding import to_width
from launchwatch.facts.base import Provenance, Value


class Interval(Value, frozen=True, kw_only=True):
    """Median and central 90 % interval of one quantity, in the unit that the field's name carries."""

    median: float
    p05: float
    p95: float

    @classmethod
    def rounded(cls, p05: float, median: float, p95: float) -> Self:
        """Return an interval with its numbers rounded to a millionth of its width."""
        width = p95 - p05
        return cls(median=to_width(median, width), p05=to_width(p05, width), p95=to_width(p95, width))


class TimeInterval(Value, frozen=True, kw_only=True):
    """Median and central 90 % interval of an instant, UTC."""

    median: str
    p05: str
    p95: str


class Ellipse(Value, frozen=True, kw_only=True):
    """Region of 95 % probability of a point; azimuth of the major axis clockwise from true north, in [0, 180)."""

    semi_major_km: float
    semi_minor_km: float
    azimuth_deg: float


class PointEstimate(Value, frozen=True, kw_only=True):
    """A place on the ellipsoid with its 95 % ellipse and, where it is estimated, its time."""

    lat_deg: float
    lon_deg: float
    ellipse_95: Ellipse
    time_utc: TimeInterval | None = None


class Burnout(Value, frozen=True, kw_only=True):
    """End of powered flight: time after lift-off, speed and flight-path angle relative to the earth, height."""

    time_s: Interval
    speed_m_s: Interval
    angle_deg: Interval
    height_km: Interval


class RangeMode(Value, frozen=True, kw_only=True):
    """One separate group of the posterior's ranges: its share, and the interval within it."""

    share: float
    range_km: Interval
    impact: PointEstimate


class Diagnostics(Value, frozen=True, kw_only=True):
    """How the posterior was sampled and how far it can be trusted.

    `effective_sample_size` is how many independent draws would know the means as well; `split_difference` the
    greatest difference between the means of independent halves, in units of the posterior's standard deviation;
    `converged` is False where the figures must not be believed.
    """

    method: str
    samples: int
    effective_sample_size: float
    stages: int
    split_difference: float
    converged: bool


class Flight(Value, frozen=True, kw_only=True):
    """The posterior of one object's flight.

    `basis` names what it was inferred from; `class` holds probabilities over the classes in
    `launchwatch.flight.classes`, `trajectory` over depressed, normal and lofted; `informed_by` are the ids of
    the claims and tracks that entered. `trace` names for each quantity the claims and tracks that speak of it
    directly; an empty list means that it follows from the others and the prior alone.
    `minimum_energy_range_km` is how far the burnout's energy, referred to 60 km height, would carry on a
    minimum-energy path without air. A cruise flight has neither that nor a `burnout`, and its range is the length
    of its path; where either kind is possible and a ballistic flight likelier, both are those of ballistic ones.
    """

    id: str
    item: int = 1
    basis: str
    class_: dict[str, float] = msgspec.field(name="class")
    trajectory: dict[str, float] = msgspec.field(default_factory=dict)
    launch: PointEstimate
    burnout: Burnout | None
    apogee_km: Interval
    range_km: Interval
    azimuth_deg: Interval
    flight_time_s: Interval
    minimum_energy_range_km: Interval | None
    impact: PointEstimate
    range_modes: tuple[RangeMode, ...] = ()
    informed_by: tuple[str, ...] = ()
    trace: dict[str, tuple[str, ...]]
    diagnostics: Diagnostics
    samples_sha256: str
    provenance: Provenance
