"""Faults that only many plots of one sensor show: a flood, one plot again and again, radians for degrees."""

import math
from collections import Counter
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from launchwatch.facts import Sensor
from launchwatch.observe.plots import FASTEST_M_S
from launchwatch.observe.sensor_clocks import Timed

Array = NDArray[np.float64]

MOST_TARGETS = 1000
"""Objects that one sensor may see in one scan: the largest salvos with their debris, or the busiest airspace."""

MOST_PLOTS = 10_000
"""Plots of one scan beyond which none is believed, whatever the sensor says of its false plots."""

REPEATS = 10
"""Scans with exactly the same measurement that make a stuck sensor. Noise of one sigma and a last digit of q
repeat a component by chance with probability q / (2 sqrt(pi) sigma): for the coarsest radar in use (ASTERIX: 7 m
in 30 m, 0.0055 in 0.08 degrees) 1.3e-3 a scan for an object that stands still, 1e-26 for nine repeats in a row."""

_LEAST_TRIPLES = 10
_LEAST_PLOTS = 12
_UNLIKELY = 25.0  # -ln of a chance of 1e-11
_TOO_STILL = 0.1  # radians taken for degrees scatter by 0.017 of the stated sigma
_MEDIAN = 0.6745  # of |x| for a unit normal


def most_plots(sensor: Sensor) -> int:
    """Return how many plots of one scan are believed: targets, stated false plots and 8 sigmas more, capped."""
    false = sensor.false_plots_per_scan
    return int(min(MOST_TARGETS + false + 8 * math.sqrt(false), MOST_PLOTS))


def repeated(plots: list[Timed], sensor: Sensor) -> dict[int, int]:
    """Return the numbers of the plots whose measurement came in `REPEATS` scans or more, with that many."""
    if sensor.kind != "infrared":  # ranges alone tell that nothing repeats, ten times faster
        ranges = Counter([timed[2].range_m for timed in plots])
        if max(ranges.values(), default=0) < REPEATS:
            return {}
    alike: dict[object, list[Timed]] = {}
    for timed in plots:
        plot = timed[2]
        measured = (
            plot.los_ecef if plot.los_ecef is not None
            else (plot.range_m, plot.azimuth_deg, plot.elevation_deg, plot.range_rate_m_s)
        )  # fmt: skip
        alike.setdefault(measured, []).append(timed)
    stuck: dict[int, int] = {}
    for group in alike.values():
        if len(group) >= REPEATS:
            scans = len({int(timed[0] // sensor.scan_s) for timed in group})
            if scans >= REPEATS:
                stuck.update((timed[1], scans) for timed in group)
    return stuck


def in_radians(plots: list[Timed], sensor: Sensor) -> str | None:
    """Return why a radar's angles must be radians, not degrees as they should be, or None.

    All its plots lie within 6.3 of north and 1.6 of the horizon, and either the false plots that it states would
    have fallen outside, or its plots scatter from scan to scan by a tenth of the stated sigma or less.
    """
    if sensor.kind != "radar" or len(plots) < _LEAST_PLOTS:
        return None
    if any(
        abs(p.azimuth_deg or 0.0) > 2 * math.pi or abs(p.elevation_deg or 0.0) > math.pi / 2 for *_, p in plots
    ):
        return None
    rows = np.array([(t, p.range_m, p.azimuth_deg, p.elevation_deg) for t, _, p in plots])
    scans = np.unique(np.floor(rows[:, 0] / sensor.scan_s))
    if sensor.false_plots_per_scan * len(scans) * (1 - _share_of_box(sensor)) > _UNLIKELY:
        return "no false plot falls outside 6.3 in azimuth and 1.6 in elevation"
    scatter = _scatter(rows, sensor)
    if scatter is not None and scatter < _TOO_STILL:
        return f"they scatter by {scatter:.3f} of the stated sigmas"
    return None


def _share_of_box(sensor: Sensor) -> float:
    """Return the share of a radar's volume that lies within 2 pi degrees of north and pi / 2 of the horizon."""
    first, last = sensor.azimuth_span_deg
    span = (last - first) % 360 or 360.0
    height = sensor.max_elevation_deg - sensor.horizon_deg
    return min(4 * math.pi / span, 1.0) * min((math.pi / 2 - sensor.horizon_deg) / height, 1.0)


def _scatter(rows: Array, sensor: Sensor) -> float | None:
    """Return the larger of the median departures in azimuth and elevation from a straight line through neighbours.

    Neighbours are the plots nearest in range in the scans before and after; in units of the stated sigmas.
    """
    order = rows[np.argsort(rows[:, 0], kind="stable")]
    scans = [np.array(list(g)) for _, g in groupby(order, key=lambda row: row[0] // sensor.scan_s)]
    off: list[Array] = []
    for before, here, after in zip(scans, scans[1:], scans[2:], strict=False):
        for plot in here[:20]:  # a sample of a crowded scan says as much
            pair = [near[np.argmin(np.abs(near[:, 1] - plot[1]))] for near in (before, after)]
            steps = [abs(other[0] - plot[0]) for other in pair]
            if any(abs(o[1] - plot[1]) > FASTEST_M_S * s for o, s in zip(pair, steps, strict=True)) or not min(
                steps
            ):
                continue
            share = steps[0] / sum(steps)
            middle = (1 - share) * pair[0][2:] + share * pair[1][2:]
            off.append((plot[2:] - middle) / math.sqrt(1 + share**2 + (1 - share) ** 2))
    if len(off) < _LEAST_TRIPLES:
        return None
    sigmas = np.array([sensor.sigma_azimuth_deg, sensor.sigma_elevation_deg])
    return float((np.median(np.abs(off), axis=0) / sigmas).max() / _MEDIAN)
