"""The score of a recording's tracks against the truth it was simulated from.

An update belongs to the object nearest to it at its own time, if that is within the cutoff. Errors, NEES and
coverage are taken at the updates; errors of sets and continuity at the truth's own instants, where a track stands
with its latest update, compared with the truth of that update's time. A track lasts from its first update to its
last, an object from its first true state to its last.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.basis.rounding import significant
from launchwatch.facts import (
    ImpactPrediction,
    NeesScore,
    NisScore,
    ObjectScore,
    Overall,
    PointEstimate,
    PointScore,
    ScoreCourse,
    Scores,
    SetScore,
    Share,
    SiapScore,
    Track,
)
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.simulate.scoring.consistency import (
    chi_square_band,
    coverage,
    inside_ellipse,
    normalized_squared,
    root_mean_square,
)
from launchwatch.simulate.scoring.continuity import Siap, siap
from launchwatch.simulate.scoring.sets import set_errors_of
from launchwatch.simulate.scoring.truth import TruthPath

Array = NDArray[np.float64]

STATE = 6
CUTOFF_M = 10_000.0
"""Distance beyond which a track is not on an object: three sigma of the widest first states, far below the
distance between the objects of a salvo once they have spread."""


@dataclass(frozen=True)
class ErrorBound:
    """The least covariances (k, 6, 6) of an object's position and velocity after looks at `times_s` (k,)."""

    times_s: Array
    covariance: Array

    def at(self, times_s: Array) -> Array:
        """Return the covariances (n, 6, 6) after the latest look at each Unix time; NaN before the first."""
        if not len(self.times_s):
            return np.full((len(times_s), STATE, STATE), np.nan)
        index = np.searchsorted(self.times_s, np.asarray(times_s) + 1e-3, side="right") - 1
        found = self.covariance[np.maximum(index, 0)].copy()
        found[index < 0] = np.nan
        return found


@dataclass(frozen=True)
class _Aligned:
    """A track beside the truth, by update: `errors` (u, n, 6) to each object, `on` (u,) its object or -1."""

    track: Track
    times_s: Array
    covariance: Array
    errors: Array
    on: NDArray[np.int64]

    @property
    def distance(self) -> Array:
        """Return the distances (u, n) to all objects; infinite to those that are not there."""
        found = np.linalg.norm(self.errors[..., :3], axis=2)
        return np.where(np.isfinite(found), found, np.inf)


def score_tracks(
    tracks: Sequence[Track],
    truths: Sequence[TruthPath],
    *,
    cutoff_m: float = CUTOFF_M,
    order: float = 2.0,
    bounds: dict[str, ErrorBound] | None = None,
) -> Scores:
    """Return the score of tracks with all their updates (`updates="all"`); `bounds` go by object's name.

    Raises InputError where the truth is of another time than the tracks.
    """
    if not truths:
        raise InputError("no truth to score against")
    _check_times(tracks, truths)
    aligned = [_align(track, truths, cutoff_m) for track in tracks]
    picture, sets = _picture(aligned, truths, cutoff_m, order)
    objects = [_object_score(j, truth, aligned, picture, bounds or {}) for j, truth in enumerate(truths)]
    false = tuple(one.track.id for one in aligned if (one.on < 0).all())
    return Scores(
        objects=tuple(objects), overall=Overall(sets=sets, siap=_continuity(picture)), false_tracks=false
    )


def _check_times(tracks: Sequence[Track], truths: Sequence[TruthPath]) -> None:
    first, last = min(t.times_s[0] for t in truths), max(t.times_s[-1] for t in truths)
    seen = [(parse_instant(track.first_utc), parse_instant(track.last_utc)) for track in tracks]
    if seen and not any(a <= last and b >= first for a, b in seen):
        raise InputError(
            "truth of another time than the recording's tracks",
            given=f"{format_instant(first)} to {format_instant(last)}",
            allowed=f"truth between {min(track.first_utc for track in tracks)} and "
            f"{max(track.last_utc for track in tracks)}",
        )


def _align(track: Track, truths: Sequence[TruthPath], cutoff_m: float) -> _Aligned:
    times = np.array([parse_instant(update.time_utc) for update in track.updates])
    states = np.array([(*update.position_ecef_m, *update.velocity_ecef_m_s) for update in track.updates])
    if any(update.covariance is None for update in track.updates):
        raise InputError(f"track {track.id} has updates without a covariance")
    covariance = np.array([update.covariance for update in track.updates]).reshape(-1, STATE, STATE)
    errors = np.stack([states - truth.at(times) for truth in truths], axis=1)
    found = _Aligned(track, times, covariance, errors, np.full(len(times), -1))
    nearest = found.distance.argmin(axis=1)
    near = found.distance[np.arange(len(times)), nearest] < cutoff_m
    return _Aligned(track, times, covariance, errors, np.where(near, nearest, -1))


def _picture(
    aligned: Sequence[_Aligned], truths: Sequence[TruthPath], cutoff_m: float, order: float
) -> tuple[Siap, SetScore]:
    """Return continuity and set errors at the truth's instants."""
    times = np.unique(np.concatenate([truth.times_s for truth in truths]))
    alive = np.stack([(times >= t.times_s[0]) & (times <= t.times_s[-1]) for t in truths], axis=1)
    present = np.zeros((len(times), len(aligned)), dtype=bool)
    on = np.full(present.shape, -1)
    errors = np.zeros((*present.shape, 2))
    distances = np.full((len(times), len(truths), len(aligned)), np.inf)
    for i, one in enumerate(aligned):
        latest = np.searchsorted(one.times_s, times, side="right") - 1
        present[:, i] = (latest >= 0) & (times <= one.times_s[-1])
        latest = np.maximum(latest, 0)
        on[:, i] = np.where(present[:, i], one.on[latest], -1)
        own = one.errors[latest, np.maximum(one.on[latest], 0)]
        errors[:, i] = np.stack([np.linalg.norm(own[:, :3], axis=1), np.linalg.norm(own[:, 3:], axis=1)], axis=1)
        distances[:, :, i] = one.distance[latest]
    steps = (distances[k][np.ix_(alive[k], present[k])] for k in range(len(times)))
    sets = set_errors_of(steps, cutoff_m, order)
    found = siap(times, alive, present, on, errors)
    return found, SetScore(
        cutoff_m=cutoff_m,
        order=order,
        gospa_rms_m=_rounded(_rms(sets.gospa)),
        ospa_rms_m=_rounded(_rms(sets.ospa)),
        localisation_rms_m=_rounded(_rms(sets.localisation)),
        missed_mean=_rounded(float(sets.missed.mean())),
        false_mean=_rounded(float(sets.false.mean())),
        time_utc=tuple(format_instant(t) for t in times),
        gospa_m=_column(sets.gospa),
        ospa_m=_column(sets.ospa),
        localisation_m=_column(sets.localisation),
        missed=tuple(int(v) for v in sets.missed),
        false=tuple(int(v) for v in sets.false),
    )


def _continuity(found: Siap) -> SiapScore:
    return SiapScore(
        completeness=_known(found.completeness),
        ambiguity=_known(found.ambiguity),
        spuriousness=_known(found.spuriousness),
        position_accuracy_m=_known(found.position_accuracy_m),
        velocity_accuracy_m_s=_known(found.velocity_accuracy_m_s),
        number_changes_per_s=_known(found.number_changes_per_s),
        longest_segment=_known(found.longest_segment),
    )


@dataclass(frozen=True)
class _Updates:
    """All updates on one object in order of time: (track, its update) of each, errors and covariances."""

    which: list[tuple[int, int]]
    times_s: Array
    error: Array
    covariance: Array

    def __len__(self) -> int:
        return len(self.times_s)


def _updates_on(j: int, aligned: Sequence[_Aligned]) -> _Updates:
    found = [(one.times_s[k], i, int(k)) for i, one in enumerate(aligned) for k in np.flatnonzero(one.on == j)]
    found.sort()
    error = np.array([aligned[i].errors[k, j] for _, i, k in found]).reshape(-1, STATE)
    covariance = np.array([aligned[i].covariance[k] for _, i, k in found]).reshape(-1, STATE, STATE)
    return _Updates([(i, k) for _, i, k in found], np.array([t for t, _, _ in found]), error, covariance)


def _object_score(
    j: int, truth: TruthPath, aligned: Sequence[_Aligned], picture: Siap, bounds: dict[str, ErrorBound]
) -> ObjectScore:
    updates = _updates_on(j, aligned)
    bound = np.full(updates.covariance.shape, np.nan)
    if truth.name in bounds and len(updates):
        bound = bounds[truth.name].at(updates.times_s)
    nees = normalized_squared(updates.error, updates.covariance)
    order = [i for i, _ in Counter(i for i, _ in updates.which).most_common()]
    main = aligned[order[0]].track if order else None
    course = _course(updates, nees, bound, aligned, truth)
    inside = [found for found in course.impact_inside_95 if found is not None]
    in_any = [found for found in course.impact_inside_any if found is not None]
    life = float(picture.life_s[j])
    return ObjectScore(
        object=truth.name,
        class_=truth.class_,
        first_utc=format_instant(truth.times_s[0]),
        last_utc=format_instant(truth.times_s[-1]),
        tracks=tuple(aligned[i].track.id for i in order),
        updates=len(updates),
        nees=_consistency(nees) if len(updates) else None,
        nis=_innovations(course),
        position_rmse_m=_known(root_mean_square(updates.error[:, :3])),
        velocity_rmse_m_s=_known(root_mean_square(updates.error[:, 3:])),
        position_over_bound=_over_bound(updates.error, bound, slice(0, 3)),
        velocity_over_bound=_over_bound(updates.error, bound, slice(3, 6)),
        longest_segment_s=_rounded(float(picture.longest_segment_s[j])),
        longest_segment=_rounded(float(picture.longest_segment_s[j]) / life) if life else 0.0,
        launch=_point_score(main.launch, truth.launch) if main else None,
        impact=_point_score(main.impact, truth.impact) if main else None,
        impact_predictions=_share(inside),
        impact_in_any=_share(in_any),
        course=course,
    )


def _consistency(nees: Array) -> NeesScore:
    low, high = chi_square_band(STATE)
    return NeesScore(
        mean_over_degrees_of_freedom=_rounded(float(nees.mean()) / STATE),
        degrees_of_freedom=STATE,
        band_95=(_rounded(low), _rounded(high)),
        inside_band=_share([bool(low <= value <= high) for value in nees]),
    )


def _innovations(course: ScoreCourse) -> NisScore | None:
    known = [(nis, n) for nis, n in zip(course.nis, course.measured, strict=True) if nis is not None and n]
    if not known:
        return None
    bands = {n: chi_square_band(n) for n in {n for _, n in known}}
    return NisScore(
        mean_over_degrees_of_freedom=_rounded(sum(nis for nis, _ in known) / sum(n for _, n in known)),
        inside_band=_share([bands[n][0] <= nis <= bands[n][1] for nis, n in known]),
    )


def _share(inside: Sequence[bool]) -> Share:
    found = coverage(inside)
    return Share(
        inside=found.inside,
        of=found.trials,
        share=_known(found.share),
        low=_rounded(found.low),
        high=_rounded(found.high),
    )


def _over_bound(error: Array, bound: Array, part: slice) -> float | None:
    least = np.einsum("kii->ki", bound)[:, part].sum(axis=1)
    known = np.isfinite(least)
    if not known.any():
        return None
    return _rounded(root_mean_square(error[known, part]) / math.sqrt(float(least[known].mean())))


def _course(
    updates: _Updates, nees: Array, bound: Array, aligned: Sequence[_Aligned], truth: TruthPath
) -> ScoreCourse:
    spread, least = (np.einsum("kii->ki", matrix) for matrix in (updates.covariance, bound))
    facts = [aligned[i].track.updates[k] for i, k in updates.which]
    hits = [_impact_hit(fact.impact, truth.impact) for fact in facts]
    names = list(dict.fromkeys(name for fact in facts for name in fact.modes))
    return ScoreCourse(
        time_utc=tuple(fact.time_utc for fact in facts),
        track=tuple(aligned[i].track.id for i, _ in updates.which),
        position_error_m=_column(np.linalg.norm(updates.error[:, :3], axis=1)),
        velocity_error_m_s=_column(np.linalg.norm(updates.error[:, 3:], axis=1)),
        position_sigma_m=_column(np.sqrt(spread[:, :3].sum(axis=1))),
        velocity_sigma_m_s=_column(np.sqrt(spread[:, 3:].sum(axis=1))),
        position_bound_m=tuple(_known(float(v)) for v in np.sqrt(least[:, :3].sum(axis=1))),
        velocity_bound_m_s=tuple(_known(float(v)) for v in np.sqrt(least[:, 3:].sum(axis=1))),
        nees=_column(nees),
        nis=tuple(fact.nis for fact in facts),
        measured=tuple(fact.measured for fact in facts),
        modes={name: tuple(fact.modes.get(name, 0.0) for fact in facts) for name in names},
        impact_error_km=tuple(None if hit is None else hit[0] for hit in hits),
        impact_inside_95=tuple(None if hit is None else hit[1] for hit in hits),
        impact_inside_any=tuple(_hit_by_any(fact.impact, truth.impact) for fact in facts),
    )


def _point_score(estimate: PointEstimate | None, true: tuple[float, float, float] | None) -> PointScore | None:
    hit = _impact_hit(estimate, true)
    if hit is None or estimate is None or true is None:
        return None
    when = estimate.time_utc
    late = None if when is None else _rounded(parse_instant(when.median) - true[2])
    return PointScore(error_km=hit[0], time_error_s=late, inside_95=hit[1])


def _impact_hit(
    estimate: PointEstimate | ImpactPrediction | None, true: tuple[float, float, float] | None
) -> tuple[float, bool] | None:
    """Return the distance (km) of an estimated place from the true one, and whether its ellipse holds that."""
    if estimate is None or true is None:
        return None
    centre = math.radians(estimate.lat_deg), math.radians(estimate.lon_deg)
    distance, _ = distance_and_azimuth(*centre, *true[:2])
    return _rounded(float(distance) / 1e3), inside_ellipse(estimate.ellipse_95, centre, true[:2])


def _hit_by_any(estimate: ImpactPrediction | None, true: tuple[float, float, float] | None) -> bool | None:
    hits = [_impact_hit(one, true) for one in (estimate, *estimate.alternatives)] if estimate else []
    known = [hit[1] for hit in hits if hit is not None]
    return any(known) if known else None


def _rms(values: Array) -> float:
    return math.sqrt(float(np.mean(np.square(values))))


def _rounded(value: float) -> float:
    return significant(value, 6)


def _known(value: float) -> float | None:
    return _rounded(value) if math.isfinite(value) else None


def _column(values: Array) -> tuple[float, ...]:
    return tuple(_rounded(float(value)) for value in values)
