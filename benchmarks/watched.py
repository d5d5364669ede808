"""Truth as one radar's looks, tracked and judged: what the verdict benchmarks share."""

import math
from dataclasses import dataclass, replace

import numpy as np

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.estimate.track import tracker, verdict
from launchwatch.estimate.track.sensors import Look, sensor_model
from launchwatch.facts import Sensor
from launchwatch.geo.ellipsoid import geodetic_from_ecef

SIGMA_RANGE_M, SIGMA_ANGLE_DEG = 30.0, 0.1
"""Stated noise of every radar here: that of SRBM-700."""


def radar(lat_rad, lon_rad, *, height_m=0.0, horizon_deg=2.0, scan_s=1.0, max_range_m=3_000e3, pd=0.99, noise=1.0):
    """Return a radar of the stated noise that looks all round above its horizon."""
    sensor = Sensor(
        id="radar",
        kind="radar",
        owner="benchmark",
        lat_deg=math.degrees(lat_rad),
        lon_deg=math.degrees(lon_rad),
        height_m=height_m,
        sigma_range_m=SIGMA_RANGE_M * noise,
        sigma_azimuth_deg=SIGMA_ANGLE_DEG * noise,
        sigma_elevation_deg=SIGMA_ANGLE_DEG * noise,
        scan_s=scan_s,
        detection_probability=pd,
        false_plots_per_scan=0.0,
        horizon_deg=horizon_deg,
        max_elevation_deg=90.0,
        max_range_m=max_range_m,
    )
    return sensor_model(sensor)


def polar(position, model):
    """Return range, azimuth, elevation (n, 3) of earth-fixed points (n, 3)."""
    local = (position - model.position) @ model.enu.T
    flat = np.hypot(local[:, 0], local[:, 1])
    azimuth = np.arctan2(local[:, 0], local[:, 1]) % (2 * math.pi)
    return np.column_stack([np.hypot(flat, local[:, 2]), azimuth, np.arctan2(local[:, 2], flat)])


def looks(times, positions, model, rng, *, pd=1.0):
    """Return looks at times (n,), each with the noisy plot of what stands above the horizon, or without plot.

    Looks run from the first plot to ten seconds after the last.
    """
    seen = polar(positions, model)
    visible = (seen[:, 2] > model.limits[0]) & (seen[:, 0] < model.limits[4])
    if not visible.any():
        return []
    first, last = np.flatnonzero(visible)[[0, -1]]
    out = []
    for i in range(first, min(last + 1 + int(10 / model.scan_s), len(times))):
        rows = np.empty((0, 3))
        if visible[i] and rng.random() < pd:
            rows = (seen[i] + rng.normal(size=3) * np.sqrt(model.noise[:3]))[None]
            rows[0, 1] %= 2 * math.pi
        at = np.full(len(rows), times[i])
        ids = tuple(f"p{i}" for _ in rows)
        out.append(Look(model, float(times[i]), at, rows, ids, None))
    return out


@dataclass
class Watched:
    """A confirmed track's update times, judgements and which updates stand after its confirmation."""

    times: np.ndarray
    judged: np.ndarray
    history: list

    @property
    def verdicts(self):
        return self.judged[:, verdict.VERDICT].astype(int)


def watch(sequence, *, from_confirmed=True):
    """Track looks; return every confirmed track with its judgements, from confirmation on."""
    state = tracker.start()
    for look in sequence:
        tracker.step(state, look)
    found = []
    for track in state.confirmed:
        history = track.history
        judged = verdict.judge_history(history)
        kept = [
            i
            for i, h in enumerate(history)
            if not from_confirmed or (h.existence > tracker.CONFIRMED and h.plots >= tracker.CONFIRMING_PLOTS)
        ]
        first = kept[0] if kept else 0
        last = max((i for i, h in enumerate(history) if h.measurement is not None), default=len(history) - 1)
        chosen = slice(first, last + 1)
        found.append(Watched(np.array([h.time_s for h in history[chosen]]), judged[chosen], history[chosen]))
    return found


def beside(truth, downrange_m, cross_m, **options):
    """Return a radar on the ground track of a path's start: downrange of it and to the side, m."""
    start = geodetic_from_ecef(np.ascontiguousarray(truth.state[:1, :3]))[0]
    ahead = int(np.argmax(np.linalg.norm(truth.state[:, :3] - truth.state[0, :3], axis=1) > 20e3)) or -1
    towards = geodetic_from_ecef(np.ascontiguousarray(truth.state[ahead : ahead + 1 or None, :3]))[0]
    course = math.atan2((towards[1] - start[1]) * math.cos(start[0]), towards[0] - start[0])
    distance, bearing = math.hypot(downrange_m, cross_m), course + math.atan2(cross_m, downrange_m)
    angle = distance / MEAN_RADIUS_M
    lat = math.asin(
        math.sin(start[0]) * math.cos(angle) + math.cos(start[0]) * math.sin(angle) * math.cos(bearing)
    )
    lon = start[1] + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(start[0]),
        math.cos(angle) - math.sin(start[0]) * math.sin(lat),
    )
    return radar(lat, lon, **options)


__all__ = ["Watched", "beside", "looks", "polar", "radar", "replace", "watch"]
