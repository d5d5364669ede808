"""Samples to facts: medians, intervals, ellipses and modes of a flight's posterior, rounded to stated digits."""

import hashlib
import itertools
import math
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.basis.rounding import significant, to_width
from launchwatch.bayes.sampling import ellipse_axes, weighted_quantile
from launchwatch.facts import (
    Burnout,
    Diagnostics,
    Ellipse,
    Flight,
    FlightSamples,
    Interval,
    PointEstimate,
    Provenance,
    RangeMode,
    TimeInterval,
)
from launchwatch.flight.classes import CLASSES, CRUISE, KINDS, TRAJECTORIES, energy_range_m, trajectory_of
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import distance_and_azimuth

Array = NDArray[np.float64]

_LEVELS = (0.05, 0.5, 0.95)
_DEGREES = 5  # decimals: about a metre
_SMALLEST_MODE = 0.05
_VALLEY = 0.3  # of the lower peak: shallower valleys are within the noise of a thousand samples


def interval(values: Array, weight: Array, scale: float = 1.0) -> Interval:
    """Return median and central 90 % interval of weighted values times `scale`, to a millionth of its width."""
    kept = np.isfinite(values)
    if not kept.any():
        return Interval(median=math.nan, p05=math.nan, p95=math.nan)
    low, middle, high = weighted_quantile(values[kept] * scale, weight[kept], _LEVELS)
    return Interval.rounded(low, middle, high)


def azimuth_interval(azimuth_rad: Array, weight: Array) -> Interval:
    """Return the interval of an azimuth in degrees, unwrapped about its circular mean."""
    middle = math.atan2(float(weight @ np.sin(azimuth_rad)), float(weight @ np.cos(azimuth_rad)))
    around = np.angle(np.exp(1j * (azimuth_rad - middle)))
    offset = interval(around, weight, math.degrees(1))
    base = math.degrees(middle)
    middle_deg = (base + offset.median) % 360
    return Interval.rounded(
        middle_deg + offset.p05 - offset.median, middle_deg, middle_deg + offset.p95 - offset.median
    )


def time_interval(times_s: Array, weight: Array) -> TimeInterval | None:
    """Return the interval of Unix times, to a millionth of its width, or None where no evidence fixes the time."""
    kept = np.isfinite(times_s)
    if not kept.all():
        return None
    base = float(times_s[0])
    low, middle, high = weighted_quantile(times_s - base, weight, _LEVELS)
    low, middle, high = (base + to_width(q, high - low) for q in (low, middle, high))
    return TimeInterval(median=format_instant(middle), p05=format_instant(low), p95=format_instant(high))


def impact_estimate(samples: FlightSamples, time: TimeInterval | None) -> PointEstimate:
    """Return the impact's place and 95 % ellipse.

    Where the mean of impacts in many directions is a place that no flight reaches, the place is that of the sample
    nearest to the medians of range and azimuth, and the ellipse is about it.
    """
    found = point_estimate(samples.impact_lat_rad, samples.impact_lon_rad, samples.weight, time)
    launch = point_estimate(samples.launch_lat_rad, samples.launch_lon_rad, samples.weight)
    ends = (math.radians(v) for v in (launch.lat_deg, launch.lon_deg, found.lat_deg, found.lon_deg))
    reach, _ = distance_and_azimuth(*ends)
    middle = weighted_quantile(samples.range_m, samples.weight, (0.5,))[0]
    if reach > _REACHED * middle:
        return found
    turn = math.atan2(
        float(samples.weight @ np.sin(samples.azimuth_rad)), float(samples.weight @ np.cos(samples.azimuth_rad))
    )
    off = np.hypot(samples.range_m / middle - 1, np.angle(np.exp(1j * (samples.azimuth_rad - turn))))
    near = int(np.argmin(off))
    about = (float(samples.impact_lat_rad[near]), float(samples.impact_lon_rad[near]))
    return point_estimate(samples.impact_lat_rad, samples.impact_lon_rad, samples.weight, time, about)


_REACHED = 0.9  # a mean impact nearer than this share of the median range lies short of what was flown


def point_estimate(
    lat_rad: Array,
    lon_rad: Array,
    weight: Array,
    time: TimeInterval | None = None,
    about_rad: tuple[float, float] | None = None,
) -> PointEstimate:
    """Return mean place, or the one that the ellipse shall be about, and the 95 % ellipse of weighted points.

    The ellipse is that of the second moments in the tangent plane at the place.
    """
    points = ecef_from_geodetic(lat_rad, lon_rad, np.zeros(len(lat_rad)))
    share = weight / weight.sum()
    center = share @ points
    if about_rad is not None:
        center = ecef_from_geodetic(*(np.array([v]) for v in (*about_rad, 0.0)))[0]
    lat, lon, _ = geodetic_from_ecef(center[None])[0]
    local = ((points - center) @ east_north_up(lat, lon).T)[:, :2]
    if about_rad is None:
        local -= share @ local
    major, minor, azimuth = ellipse_axes((local * share[:, None]).T @ local)
    return PointEstimate(
        lat_deg=round(math.degrees(lat), _DEGREES),
        lon_deg=round(math.degrees(lon), _DEGREES),
        ellipse_95=ellipse(major, minor, azimuth),
        time_utc=time,
    )


def ellipse(major_m: float, minor_m: float, azimuth_rad: float) -> Ellipse:
    """Return an ellipse fact from semi-axes (m) and azimuth (rad)."""
    return Ellipse(
        semi_major_km=significant(major_m / 1e3, 4),
        semi_minor_km=significant(minor_m / 1e3, 4),
        azimuth_deg=round(math.degrees(azimuth_rad) % 180, 2),
    )


def range_modes(samples: FlightSamples) -> tuple[RangeMode, ...]:
    """Return the separate groups of the posterior's ranges, largest first; one group alone gives none.

    Groups are parted at valleys of a weighted histogram of the logarithm of range, smoothed over about 4 %.
    """
    log_range = np.log(np.maximum(samples.range_m, 1e3))
    edges = np.arange(math.log(1e3), math.log(2.1e7), 0.02)
    density, _ = np.histogram(log_range, bins=edges, weights=samples.weight)
    smooth = np.convolve(density, np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2), mode="same")
    cuts = _valleys(smooth)
    bounds = [-math.inf, *(edges[cut] for cut in cuts), math.inf]
    groups = [(log_range >= low) & (log_range < high) for low, high in itertools.pairwise(bounds)]
    shares = [float(samples.weight[group].sum()) for group in groups]
    kept = [(share, group) for share, group in zip(shares, groups, strict=True) if share >= _SMALLEST_MODE]
    if len(kept) < 2:
        return ()
    return tuple(_mode(samples, share, group) for share, group in sorted(kept, key=lambda item: -item[0]))


def _mode(samples: FlightSamples, share: float, group: NDArray[np.bool_]) -> RangeMode:
    weight = samples.weight[group]
    return RangeMode(
        share=round(share, 3),
        range_km=interval(samples.range_m[group], weight, 1e-3),
        impact=point_estimate(samples.impact_lat_rad[group], samples.impact_lon_rad[group], weight),
    )


def _valleys(density: Array) -> list[int]:
    """Return the bins of valleys that part modes: below `_VALLEY` of the lower of the peaks on both sides."""
    left, right = np.maximum.accumulate(density), np.maximum.accumulate(density[::-1])[::-1]
    deep = np.flatnonzero(density < _VALLEY * np.minimum(left, right))
    runs = np.split(deep, np.flatnonzero(np.diff(deep) > 1) + 1) if len(deep) else []
    return [int(run[np.argmin(density[run])]) for run in runs]


def samples_digest(samples: FlightSamples) -> str:
    """Return the SHA-256 of all samples' bytes."""
    digest = hashlib.sha256()
    for field in fields(samples):
        digest.update(np.ascontiguousarray(getattr(samples, field.name)).tobytes())
    return digest.hexdigest()


_LIKELIER = 0.5


def class_shares(samples: FlightSamples) -> dict[str, float]:
    """Return the probability of each class of ballistic missile, and of a cruise flight where there is any."""
    shares = np.bincount(samples.class_index, weights=samples.weight, minlength=len(CLASSES))
    return {name: float(share) for name, share in zip(KINDS, shares, strict=False)}


def trajectory_shares(samples: FlightSamples) -> dict[str, float]:
    """Return the probability of each trajectory, less than one together where a cruise flight is possible."""
    ballistic = samples.class_index != CRUISE
    if not ballistic.any():
        return {}
    climbs = trajectory_of(samples.apogee_m[ballistic], samples.range_m[ballistic])
    shares = np.bincount(climbs, weights=samples.weight[ballistic], minlength=len(TRAJECTORIES))
    return {name: float(share) for name, share in zip(TRAJECTORIES, shares, strict=True)}


def _burnout(samples: FlightSamples) -> Burnout:
    weight = samples.weight
    return Burnout(
        time_s=interval(samples.burnout_time_s, weight),
        speed_m_s=interval(samples.burnout_speed_m_s, weight),
        angle_deg=interval(samples.burnout_angle_rad, weight, math.degrees(1)),
        height_km=interval(samples.burnout_height_m, weight, 1e-3),
    )


def summarize(
    samples: FlightSamples,
    *,
    basis: str,
    item: int = 1,
    informed_by: tuple[str, ...],
    trace: dict[str, tuple[str, ...]],
    diagnostics: Diagnostics,
    provenance: Provenance,
) -> Flight:
    """Return the flight fact of a posterior's samples."""
    weight = samples.weight
    impact_time = samples.launch_time_s + samples.flight_time_s
    digest = samples_digest(samples)
    climbs = trajectory_shares(samples)
    burnt_out = float(weight @ (samples.class_index != CRUISE)) >= _LIKELIER
    return Flight(
        id=content_id("flight", basis, str(item), digest, *informed_by),
        item=item,
        basis=basis,
        class_={name: round(share, 4) for name, share in class_shares(samples).items()},
        trajectory={name: round(share, 4) for name, share in climbs.items()},
        launch=point_estimate(
            samples.launch_lat_rad,
            samples.launch_lon_rad,
            weight,
            time_interval(samples.launch_time_s, weight),
        ),
        burnout=_burnout(samples) if burnt_out else None,
        apogee_km=interval(samples.apogee_m, weight, 1e-3),
        range_km=interval(samples.range_m, weight, 1e-3),
        azimuth_deg=azimuth_interval(samples.azimuth_rad, weight),
        flight_time_s=interval(samples.flight_time_s, weight),
        minimum_energy_range_km=interval(
            energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m), weight, 1e-3
        )
        if burnt_out
        else None,
        impact=impact_estimate(samples, time_interval(impact_time, weight)),
        range_modes=range_modes(samples),
        informed_by=informed_by,
        trace=trace,
        diagnostics=diagnostics,
        samples_sha256=digest,
        provenance=provenance,
    )
