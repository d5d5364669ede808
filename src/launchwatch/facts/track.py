"""Tracks: state estimates of one object over time."""

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.flight import Ellipse, Interval, PointEstimate
from launchwatch.facts.warning import PathSupport


class ImpactPrediction(Value, frozen=True, kw_only=True):
    """Where the object falls if what `assumes` says comes true, with the probability that it does.

    `assumes` is one of: thrust ends now, ballistic, pull-up, glide. The other hypotheses stand in
    `alternatives`, since a mean between them is a place where nothing falls. `remaining_s` is the time of flight
    yet to come.
    """

    lat_deg: float
    lon_deg: float
    time_utc: str
    ellipse_95: Ellipse
    assumes: str
    probability: float
    remaining_s: Interval | None = None
    alternatives: tuple["ImpactPrediction", ...] = ()


PROSPECT_LEVELS = (
    0.005, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.995,
)  # fmt: skip
"""Probabilities of the quantiles of a `Prospect`."""


class Prospect(Value, frozen=True, kw_only=True):
    """What an object whose motor burns may yet reach: how far along its course it falls once the motor has ended.

    `range_km` are the distances over ground from below the object, and `remaining_s` the times of flight to come,
    at the probabilities `PROSPECT_LEVELS`, given that it burns, which has `probability`. The course is the great
    circle of `azimuth_deg` there, of standard deviation `azimuth_sigma_deg`.
    """

    probability: float
    azimuth_deg: float
    azimuth_sigma_deg: float
    range_km: tuple[float, ...]
    remaining_s: tuple[float, ...]


class Verdict(Value, frozen=True, kw_only=True):
    """Whether the object, as it moves now, is a ballistic missile, and what that rests on.

    `says` is one of: not yet, ballistic, ballistic unless it burns again, not ballistic. Energy height is
    v^2 / 2g + h with the speed relative to the earth; perigee and apogee are those of the orbit that it would
    follow without thrust or air, above the equatorial radius; `burning` is the probability that a motor
    accelerates it.
    """

    says: str
    reasons: tuple[str, ...]
    burning: float
    energy_height_km: Interval
    perigee_km: Interval
    apogee_km: Interval


class TrackUpdate(Value, frozen=True, kw_only=True):
    """The state after one scan: earth-fixed WGS84 position and velocity, 6 x 6 covariance row by row.

    `class` holds the classes' probabilities and `verdict` the ballistic verdict as known then, from confirmation
    on. `launch` is the launch as estimated then, `heading_deg` the azimuth from it to the object (of the velocity
    where there is no launch yet), `impact` the predicted fall, `prospect` what a motor that burns may yet reach.
    `nis` is the normalised innovation squared of a plot that surely was this object's, of `measured` numbers.
    `support` says what each sensor gave to it.
    """

    time_utc: str
    position_ecef_m: tuple[float, float, float]
    velocity_ecef_m_s: tuple[float, float, float]
    covariance: tuple[float, ...] | None = None
    modes: dict[str, float]
    class_: dict[str, float] = msgspec.field(name="class")
    verdict: Verdict | None = None
    launch: PointEstimate | None = None
    heading_deg: float | None = None
    impact: ImpactPrediction | None = None
    prospect: Prospect | None = None
    existence: float
    plots: int
    nis: float | None = None
    measured: int | None = None
    support: tuple[PathSupport, ...] = ()


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


class TrackMerger(Value, frozen=True, kw_only=True):
    """A confirmed track that turned out, at `time_utc`, to be of another's object, and goes on as that one.

    `track` and `into` are the tracks' numbers in the watch of `run`.
    """

    id: str
    run: str
    track: int
    into: int
    time_utc: str
    provenance: Provenance


class TrackedState(Value, frozen=True, kw_only=True):
    """One state of a track as it was known during a watch; a late plot may still change what it says.

    `track` is the track's number in the watch of `run`.
    """

    id: str
    run: str
    track: int
    status: str
    update: TrackUpdate
    provenance: Provenance
