"""All that is said of a flight as tables, which a kernel adds up for a particle in a microsecond.

Every word depends on one thing alone: range, apogee, flight time, steepness, azimuth, burnout speed, class, the
place of launch or that of impact. Words on one thing are added up once on a grid of it by the words' own
functions, and looked up by interpolation: within 0.02 of the logarithm for errors of 2 % or more. Only emulated
flights are weighed so; those that are kept are asked word by word.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import inline_kernel, kernel
from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.threads import in_threads
from launchwatch.estimate.fuse import emulator
from launchwatch.estimate.fuse.likelihood import LogLikelihood, Observation, Subject, joint_log_likelihood
from launchwatch.facts import FlightSamples
from launchwatch.flight.classes import CLASSES, class_of_energy
from launchwatch.flight.parameters import AZIMUTH, LAT, LIFT_TO_DRAG, LON
from launchwatch.geo.grids import NOWHERE, Grid, grid_over

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_NODES = 4096
_RANGE, _APOGEE, _TIME, _STEEP, _AZIMUTH, _SPEED = range(6)
_LIMITS = (
    (math.log(1e3), math.log(4.1e7)),
    (math.log(1e2), math.log(4e7)),
    (math.log(10.0), math.log(2e4)),
    (-8.0, 8.0),
    (-math.pi, math.pi),
    (math.log(1e2), math.log(1.2e4)),
)
_STEEPNESS = 0.25  # apogee over range of a minimum-energy path
_RASTER_CELLS = 300_000
_FINEST_DEG = 0.04


@dataclass(frozen=True)
class Tables:
    """Log likelihoods: by node of each scalar (6, nodes), by class (classes,), by place of launch and impact."""

    scalars: Array
    by_class: Array
    launch: Grid
    impact: Grid

    def log_likelihood(self, rows: Array, group: Labels) -> tuple[Array, Array]:
        """Return log likelihoods (n,) of rows (n, parameters.COUNT) as emulated, and their ranges (n,), m."""
        told = emulator.emulate(rows, group)
        total, range_m = np.empty(len(rows)), np.empty(len(rows))

        def part(first: int, last: int) -> None:
            _weigh(
                rows, told, first, last, self.scalars, _EDGES, self.by_class, *self.launch.parts,
                *self.impact.parts, total, range_m,
            )  # fmt: skip

        in_threads(len(rows), part)
        return total, range_m

    @property
    def of_shape(self) -> "Tables":
        """Return the tables without what is said of azimuth and places."""
        scalars = self.scalars.copy()
        scalars[_AZIMUTH] = 0.0
        return replace(self, scalars=scalars, launch=NOWHERE, impact=NOWHERE)

    def of_height_and_range(self, log_range: Array, log_height: Array) -> Array:
        """Return what is said of range and apogee and of both together, at their logarithms (m)."""
        total: Array = np.zeros(np.broadcast_shapes(log_range.shape, log_height.shape))
        steep = log_height - log_range - math.log(_STEEPNESS)
        for axis, values in ((_RANGE, log_range), (_APOGEE, log_height), (_STEEP, steep)):
            total = total + np.interp(values, np.linspace(*_LIMITS[axis], _NODES), self.scalars[axis])
        return total

    def directions(self, lat: Array, lon: Array) -> "Directions":
        """Return the azimuths that what is said of azimuth and impact suggests from some of places (m,), rad."""
        score = np.zeros((_BINS, _SECTORS))
        ranges: Array = np.exp(_FIRST_BIN + (np.arange(_BINS) + 0.5) * _BIN)
        _score(ranges, _MIDDLES, lat, lon, self.scalars[_AZIMUTH], _EDGES[_AZIMUTH], *self.impact.parts, score)
        return Directions((1 - _ANYWHERE) * score / score.sum(axis=1, keepdims=True) + _ANYWHERE / _SECTORS)


@dataclass(frozen=True)
class Directions:
    """Chances (bins of range, sectors of azimuth) of azimuths, a tenth of them at random."""

    chance: Array

    def draw(self, log_range: Array, rng: np.random.Generator) -> Array:
        """Return azimuths (n,), rad, for flights of given logarithms of range (m)."""
        reach = np.cumsum(self.chance, axis=1)[_bins(log_range)]
        sector = np.minimum(np.sum(rng.random(len(reach))[:, None] > reach, axis=1), _SECTORS - 1)
        return np.asarray(_MIDDLES[sector] + (rng.random(len(reach)) - 0.5) * (2 * math.pi / _SECTORS))

    def density(self, log_range: Array, azimuth_rad: Array) -> Array:
        """Return how much likelier azimuths (n,) are than if all were alike."""
        sector = ((azimuth_rad + math.pi) % (2 * math.pi) / (2 * math.pi) * _SECTORS).astype(int)
        return np.asarray(self.chance[_bins(log_range), np.minimum(sector, _SECTORS - 1)] * _SECTORS)


def _bins(log_range: Array) -> Labels:
    return np.asarray(np.clip((log_range - _FIRST_BIN) / _BIN, 0, _BINS - 1).astype(np.int64))


_EDGES = np.array(_LIMITS)
_BINS, _FIRST_BIN, _BIN = 40, math.log(30e3), 0.16
_SECTORS = 120
_ANYWHERE = 0.1
_MIDDLES = np.asarray((np.arange(_SECTORS) + 0.5) * (2 * math.pi / _SECTORS) - math.pi, dtype=np.float64)


def tabulate(observations: Sequence[Observation], flight_time: Callable[[Array], Array]) -> Tables:
    """Return the tables of observations and of clocks: `flight_time` weighs flight times (n,), s, by them."""
    scalars = np.zeros((len(_LIMITS), _NODES))
    for subject, axis in _AXES.items():
        nodes = np.linspace(*_LIMITS[axis], _NODES)
        scalars[axis] = _about(observations, subject)(_PROBES[subject](nodes))
    scalars[_TIME] += flight_time(np.exp(np.linspace(*_LIMITS[_TIME], _NODES)))
    by_class = _about(observations, Subject.CLASS)(_probe(class_index=np.arange(len(CLASSES))))
    return Tables(
        scalars,
        by_class,
        _place(observations, Subject.LAUNCH, "launch"),
        _place(observations, Subject.IMPACT, "impact"),
    )


def _about(observations: Sequence[Observation], subject: Subject) -> LogLikelihood:
    return joint_log_likelihood(observations, subject)


def _place(observations: Sequence[Observation], subject: Subject, which: str) -> Grid:
    """Return what is said of a place, on a grid over all that words tell of it, the same everywhere beyond."""
    told = _about(observations, subject)
    bounds = [
        word.bounds_deg for o in observations for word in o.words if word.subject is subject and word.bounds_deg
    ]

    def value(lat_deg: Array, lon_deg: Array) -> Array:
        lat, lon = np.radians(lat_deg), np.radians(lon_deg)
        return told(_probe(**{f"{which}_lat_rad": lat, f"{which}_lon_rad": lon}))

    return grid_over(bounds, value, _FINEST_DEG, _RASTER_CELLS)


def _probe(**fields: Array | Labels) -> FlightSamples:
    """Return flights of which only the given fields mean anything."""
    n = len(next(iter(fields.values())))
    names = (name for name in FlightSamples.__dataclass_fields__ if name not in fields)
    rest: dict[str, Any] = {name: np.ones(n) for name in names}
    rest["path_parameters"] = np.empty((n, 0))
    if "class_index" not in fields:
        rest["class_index"] = np.ones(n, dtype=np.int64)
    return FlightSamples(**(rest | fields))


_PROBES: dict[Subject, Callable[[Array], FlightSamples]] = {
    Subject.RANGE: lambda v: _probe(range_m=np.exp(v)),
    Subject.APOGEE: lambda v: _probe(apogee_m=np.exp(v)),
    Subject.FLIGHT_TIME: lambda v: _probe(flight_time_s=np.exp(v)),
    Subject.STEEPNESS: lambda v: _probe(apogee_m=_STEEPNESS * np.exp(v) * 1e6, range_m=np.full(len(v), 1e6)),
    Subject.AZIMUTH: lambda v: _probe(azimuth_rad=v),
    Subject.SPEED: lambda v: _probe(burnout_speed_m_s=np.exp(v)),
}
_AXES = {
    Subject.RANGE: _RANGE,
    Subject.APOGEE: _APOGEE,
    Subject.FLIGHT_TIME: _TIME,
    Subject.STEEPNESS: _STEEP,
    Subject.AZIMUTH: _AZIMUTH,
    Subject.SPEED: _SPEED,
}


@inline_kernel
def _along(table: Array, edges: Array, value: float) -> float:
    at = (value - edges[0]) / (edges[1] - edges[0]) * (len(table) - 1)
    at = min(max(at, 0.0), len(table) - 1.001)
    k = int(at)
    return table[k] + (at - k) * (table[k + 1] - table[k])


@inline_kernel
def _at(values: Array, frame: Array, beyond: float, lat_deg: float, lon_deg: float) -> float:
    row = (lat_deg - frame[0]) / frame[2]
    column = (lon_deg - frame[1] + 540.0) % 360.0 - 180.0
    column = (column if column >= 0.0 else column + 360.0) / frame[3]
    rows, columns = values.shape
    if row < 0.0 or column < 0.0 or row >= rows - 1 or column >= columns - 1:
        return beyond
    i, j = int(row), int(column)
    u, v = row - i, column - j
    near = (1.0 - u) * ((1.0 - v) * values[i, j] + v * values[i, j + 1])
    return near + u * ((1.0 - v) * values[i + 1, j] + v * values[i + 1, j + 1])


@inline_kernel
def _reached(lat: float, lon: float, azimuth: float, angle: float) -> tuple[float, float]:
    """Return where a great circle of a sphere leads: within half a per cent of the way on the ellipsoid."""
    across = math.cos(lat) * math.sin(angle)
    sine = math.sin(lat) * math.cos(angle) + across * math.cos(azimuth)
    end = math.asin(min(max(sine, -1.0), 1.0))
    return end, lon + math.atan2(math.sin(azimuth) * across, math.cos(angle) - math.sin(lat) * math.sin(end))


@kernel
def _weigh(
    rows: Array, told: Array, start: int, stop: int, scalars: Array, edges: Array, by_class: Array,
    launch: Array, launch_frame: Array, launch_beyond: float,
    impact: Array, impact_frame: Array, impact_beyond: float, total: Array, range_m: Array,
) -> None:  # fmt: skip
    for i in range(start, stop):
        log_range = min(told[i, emulator.LOG_RANGE], 16.81)
        log_apogee = told[i, emulator.LOG_APOGEE]
        azimuth = rows[i, AZIMUTH] + told[i, emulator.TURN]
        azimuth = (azimuth + math.pi) % (2 * math.pi) - math.pi
        range_m[i] = math.exp(log_range)
        lat0, lon0 = rows[i, LAT], rows[i, LON]
        angle = range_m[i] / MEAN_RADIUS_M
        lat, lon = _reached(lat0, lon0, azimuth, angle)
        speed, height = math.exp(told[i, emulator.LOG_SPEED]), math.exp(told[i, emulator.LOG_HEIGHT])
        value = _along(scalars[_RANGE], edges[_RANGE], log_range)
        value += _along(scalars[_APOGEE], edges[_APOGEE], log_apogee)
        value += _along(scalars[_TIME], edges[_TIME], told[i, emulator.LOG_TIME])
        value += _along(scalars[_STEEP], edges[_STEEP], log_apogee - log_range - math.log(_STEEPNESS))
        value += _along(scalars[_AZIMUTH], edges[_AZIMUTH], azimuth)
        value += _along(scalars[_SPEED], edges[_SPEED], told[i, emulator.LOG_SPEED])
        value += by_class[class_of_energy(speed, height, rows[i, LIFT_TO_DRAG] > 0.0)]
        value += _at(launch, launch_frame, launch_beyond, math.degrees(lat0), math.degrees(lon0))
        value += _at(impact, impact_frame, impact_beyond, math.degrees(lat), math.degrees(lon))
        total[i] = value


@kernel
def _score(
    ranges: Array, azimuths: Array, lat: Array, lon: Array, directions: Array, edges: Array,
    impact: Array, impact_frame: Array, impact_beyond: float, out: Array,
) -> None:  # fmt: skip
    for i in range(len(ranges)):
        angle = ranges[i] / MEAN_RADIUS_M
        for j in range(len(azimuths)):
            told = math.exp(_along(directions, edges, azimuths[j]))
            for k in range(len(lat)):
                end_lat, end_lon = _reached(lat[k], lon[k], azimuths[j], angle)
                said = _at(impact, impact_frame, impact_beyond, math.degrees(end_lat), math.degrees(end_lon))
                out[i, j] += told * math.exp(said)
