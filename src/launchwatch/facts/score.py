"""Scores: how estimates fared against a known truth."""

import msgspec

from launchwatch.facts.base import Value


class Share(Value, frozen=True, kw_only=True):
    """How often a region held the truth, with the share's 95 % interval (Wilson)."""

    inside: int
    of: int
    share: float | None
    low: float
    high: float


class NeesScore(Value, frozen=True, kw_only=True):
    """Mean NEES over its degrees of freedom (1 is right), and the share of updates inside the 95 % band of one.

    Updates of one flight are not independent: the share of one recording strays farther than its count suggests.
    """

    mean_over_degrees_of_freedom: float
    degrees_of_freedom: int
    band_95: tuple[float, float]
    inside_band: Share


class NisScore(Value, frozen=True, kw_only=True):
    """Sum of the NIS over that of its degrees of freedom (1 is right), and the share in their own 95 % bands."""

    mean_over_degrees_of_freedom: float
    inside_band: Share


class PointScore(Value, frozen=True, kw_only=True):
    """An estimated place against the true one: error, time error (estimate less truth), ellipse's verdict."""

    error_km: float
    time_error_s: float | None
    inside_95: bool


class ScoreCourse(Value, frozen=True, kw_only=True):
    """Columns over an object's updates, for plots; None where a value is not known."""

    time_utc: tuple[str, ...]
    track: tuple[str, ...]
    position_error_m: tuple[float, ...]
    velocity_error_m_s: tuple[float, ...]
    position_sigma_m: tuple[float, ...]
    velocity_sigma_m_s: tuple[float, ...]
    position_bound_m: tuple[float | None, ...]
    velocity_bound_m_s: tuple[float | None, ...]
    nees: tuple[float, ...]
    nis: tuple[float | None, ...]
    measured: tuple[int | None, ...]
    modes: dict[str, tuple[float, ...]]
    impact_error_km: tuple[float | None, ...]
    impact_inside_95: tuple[bool | None, ...]
    impact_inside_any: tuple[bool | None, ...]


class ObjectScore(Value, frozen=True, kw_only=True):
    """How one object was tracked; without updates where no track was ever on it.

    `position_over_bound` is rms error over rms bound at the same updates: one flight's, so a few tenths off 1 by
    chance alone. `impact_predictions` counts the updates whose 95 % ellipse, of the likeliest hypothesis, holds
    the true impact; `impact_in_any` those where the ellipse of any listed hypothesis does.
    """

    object: str
    class_: str = msgspec.field(name="class")
    first_utc: str
    last_utc: str
    tracks: tuple[str, ...]
    updates: int
    nees: NeesScore | None
    nis: NisScore | None
    position_rmse_m: float | None
    velocity_rmse_m_s: float | None
    position_over_bound: float | None
    velocity_over_bound: float | None
    longest_segment_s: float
    longest_segment: float
    launch: PointScore | None
    impact: PointScore | None
    impact_predictions: Share
    impact_in_any: Share
    course: ScoreCourse


class SetScore(Value, frozen=True, kw_only=True):
    """GOSPA and OSPA at the truth's instants, their root mean squares, and mean counts of missed and false."""

    cutoff_m: float
    order: float
    gospa_rms_m: float
    ospa_rms_m: float
    localisation_rms_m: float
    missed_mean: float
    false_mean: float
    time_utc: tuple[str, ...]
    gospa_m: tuple[float, ...]
    ospa_m: tuple[float, ...]
    localisation_m: tuple[float, ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]


class SiapScore(Value, frozen=True, kw_only=True):
    """The SIAP measures over the whole time; None where there is nothing to measure."""

    completeness: float | None
    ambiguity: float | None
    spuriousness: float | None
    position_accuracy_m: float | None
    velocity_accuracy_m_s: float | None
    number_changes_per_s: float | None
    longest_segment: float | None


class Overall(Value, frozen=True, kw_only=True):
    """All objects together."""

    sets: SetScore
    siap: SiapScore


class Scores(Value, frozen=True, kw_only=True):
    """The score of a recording: object by object, all together, and the tracks that were never on an object."""

    objects: tuple[ObjectScore, ...]
    overall: Overall
    false_tracks: tuple[str, ...]
