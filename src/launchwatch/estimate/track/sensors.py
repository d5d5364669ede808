"""Sensors and looks as arrays for kernels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from launchwatch.basis.compiled import kernel
from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import parse_instant
from launchwatch.estimate.track.bank import Scan
from launchwatch.estimate.track.measuring import INFRARED, RADAR, SURVEILLANCE, observe
from launchwatch.estimate.track.motion import LAW
from launchwatch.facts import SIGMA_BAROMETRIC_M, Plot, Sensor
from launchwatch.geo import refraction
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.frames import east_north_up

Array = NDArray[np.float64]

_EARTH_DISC_SR = 0.072  # the earth from geostationary height: half-angle 8.7 degrees
RANGE_RATE_SPAN_M_S = 6000.0
HIGHEST_AIRCRAFT_M = 30_000.0
MOST_EMPTY_LOOKS = 10
"""Scans without any plot that are still taken as looks that saw nothing; beyond, the sensor may be off."""


@dataclass(frozen=True)
class SensorModel:
    """What the kernels need of one sensor.

    `kind` = RADAR, INFRARED or SURVEILLANCE; `limits` = lowest and highest elevation, first azimuth, azimuth span
    (rad), greatest range (m); `noise` = variances of range, azimuth, elevation, range rate, or of the two small
    angles of a line of sight; `spans` = what each of these components spans, in which false plots fall evenly;
    `clutter` = false plots per scan and unit of measurement space; `bias` = variances (3,) of what its components
    are off by for good, zeros where it is registered (of lines of sight: turns about the earth-fixed axes);
    `refracted`: its ranges and elevations are those of bent rays.
    """

    id: str
    kind: int
    position: Array
    enu: Array
    noise: Array
    limits: Array
    spans: Array
    clutter: float
    detection_probability: float
    scan_s: float
    bias: Array = field(default_factory=lambda: np.zeros(3))
    refracted: bool = False
    height_m: float = 0.0
    ephemeris: Array | None = None
    orbit: CubicSpline | None = None
    owner: str | None = None
    path: str | None = None
    host: str | None = None

    def position_at(self, time_s: float | Array) -> Array:
        """Return the earth-fixed place (3,), m, at a Unix time; between an ephemeris's rows by cubic spline.

        At times (k,) the places (k, 3) of a sensor that moves. Two or three rows are joined by straight lines.
        Outside the ephemeris the place is not known: see `knows`.
        """
        if self.ephemeris is None:
            return self.position
        if self.orbit is not None:
            return np.asarray(self.orbit(time_s - self.ephemeris[0, 0]))
        rows = self.ephemeris
        return np.stack([np.interp(time_s, rows[:, 0], rows[:, i]) for i in (1, 2, 3)], axis=-1)

    @property
    def infrared(self) -> bool:
        """Return whether it measures lines of sight."""
        return self.kind == INFRARED

    def knows(self, time_s: float) -> bool:
        """Return whether the sensor's place at a Unix time is known."""
        return self.ephemeris is None or bool(self.ephemeris[0, 0] <= time_s <= self.ephemeris[-1, 0])


def sensor_model(sensor: Sensor) -> SensorModel:
    """Return the arrays of a sensor fact that was checked on reading, and what it shares with others."""
    make = {"infrared": _infrared_model, "surveillance": _surveillance_model, "radar": _radar_model}[sensor.kind]
    return replace(make(sensor), owner=sensor.owner, path=sensor.path, host=sensor.host)


def _radar_model(sensor: Sensor) -> SensorModel:
    lat, lon = math.radians(sensor.lat_deg or 0.0), math.radians(sensor.lon_deg or 0.0)
    first, last = sensor.azimuth_span_deg
    span = 2 * math.pi if last - first >= 360 else math.radians((last - first) % 360)
    low, high = math.radians(sensor.horizon_deg), math.radians(sensor.max_elevation_deg)
    noise = [sensor.sigma_range_m or 0, math.radians(sensor.sigma_azimuth_deg or 0)]
    noise.append(math.radians(sensor.sigma_elevation_deg or 0))
    spans = [sensor.max_range_m, span, high - low]
    if sensor.sigma_range_rate_m_s:
        noise.append(sensor.sigma_range_rate_m_s)
        spans.append(RANGE_RATE_SPAN_M_S)
    bias = [
        sensor.sigma_bias_range_m or 0,
        math.radians(sensor.sigma_bias_azimuth_deg or 0),
        math.radians(sensor.sigma_bias_elevation_deg or 0),
    ]
    return SensorModel(
        id=sensor.id,
        kind=RADAR,
        bias=np.square(bias),
        refracted=sensor.refraction == "standard",
        height_m=sensor.height_m or 0.0,
        position=ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([sensor.height_m or 0.0]))[0],
        enu=east_north_up(lat, lon),
        noise=np.square(noise),
        limits=np.array([low, high, math.radians(first) % (2 * math.pi), span, sensor.max_range_m]),
        spans=np.array(spans),
        clutter=max(sensor.false_plots_per_scan, 1e-6) / math.prod(spans),
        detection_probability=min(sensor.detection_probability, 0.999),
        scan_s=sensor.scan_s,
    )


def _surveillance_model(sensor: Sensor) -> SensorModel:
    """Return a radar's model with its third component a height (m) above the ellipsoid."""
    radar = _radar_model(sensor)
    height = sensor.sigma_barometric_height_m or SIGMA_BAROMETRIC_M
    spans = np.array([radar.spans[0], radar.spans[1], HIGHEST_AIRCRAFT_M])
    return replace(
        radar,
        kind=SURVEILLANCE,
        noise=np.array([radar.noise[0], radar.noise[1], height**2]),
        spans=spans,
        clutter=max(sensor.false_plots_per_scan, 1e-6) / float(np.prod(spans)),
        bias=np.array([radar.bias[0], radar.bias[1], 0.0]),
        refracted=False,
    )


def _infrared_model(sensor: Sensor) -> SensorModel:
    rows = None
    if sensor.ephemeris:
        rows = np.array([(parse_instant(time), *place) for time, *place in sensor.ephemeris])
    return SensorModel(
        id=sensor.id,
        kind=INFRARED,
        bias=np.full(3, (sensor.sigma_bias_los_rad or 0.0) ** 2),
        position=np.array(sensor.position_ecef_m or rows[0, 1:]),  # type: ignore[index]
        enu=np.eye(3),
        noise=np.full(2, (sensor.sigma_los_rad or 0.0) ** 2),
        limits=np.array([0.0, 0.0, 0.0, 0.0, math.inf]),
        spans=np.full(2, math.sqrt(_EARTH_DISC_SR)),
        clutter=max(sensor.false_plots_per_scan, 1e-6) / _EARTH_DISC_SR,
        detection_probability=min(sensor.detection_probability, 0.999),
        scan_s=sensor.scan_s,
        ephemeris=rows,
        orbit=None if rows is None or len(rows) < 4 else CubicSpline(rows[:, 0] - rows[0, 0], rows[:, 1:]),
    )


@dataclass(frozen=True)
class Look:
    """One scan of one sensor: measurements (k, m) with their times (k,), plot ids; k is 0 where it saw nothing.

    `noise` (k, m, m) are the plots' own covariances where they are not the sensor's.
    """

    sensor: SensorModel
    time_s: float
    times: Array
    measurements: Array
    ids: tuple[str, ...]
    block: str | None = None
    noise: Array | None = None

    def only(self, plot: int) -> "Look":
        """Return the look with this plot alone, or with none where it is -1."""
        one = slice(plot, plot + 1) if plot >= 0 else slice(0)
        return replace(
            self,
            times=self.times[one].copy(),
            measurements=self.measurements[one].copy(),
            ids=self.ids[one],
            noise=None if self.noise is None else self.noise[one].copy(),
        )


@kernel
def _observe(x: Array, kind: int, rates: bool, eye: Array, enu: Array, env: Array, z: Array, h: Array) -> None:
    observe(x, kind, rates, eye, enu, env, z, h)


def measured_by(sensor: SensorModel, state: Array, time_s: float) -> tuple[Array, Array]:
    """Return what a sensor would measure of a state (10,), and its derivatives (4, 9): see `measuring.observe`."""
    z, h = np.zeros(4), np.zeros((4, 9))
    _observe(state, sensor.kind, len(sensor.noise) > 3, sensor.position_at(time_s), sensor.enu, LAW.env, z, h)
    return z, h


def scan_of(look: Look, bias: int = -1) -> Scan:
    """Return a look as the kernels take it; `bias` is the sensor's first bias column, -1 where it has none."""
    model = look.sensor
    eye = np.ascontiguousarray(model.position_at(look.time_s))
    moves = model.ephemeris is not None and len(look.times) > 0
    eyes = np.ascontiguousarray(model.position_at(look.times)) if moves else eye[None]
    return Scan(
        plots=np.ascontiguousarray(look.measurements),
        times=look.times,
        noise=np.diag(model.noise)[None] if look.noise is None else np.ascontiguousarray(look.noise),
        eye=eye,
        eyes=eyes,
        together_s=_together_s(look, eyes),
        enu=model.enu,
        limits=model.limits,
        log_spans=np.log(model.spans),
        kind=model.kind,
        components=len(model.noise),
        time_s=look.time_s,
        detection_probability=model.detection_probability,
        log_clutter=math.log(model.clutter),
        bias=bias,
    )


_NEAREST_M = 10e3  # a sensor on an aircraft near a pole lies below the mean radius
_TOGETHER_S = 0.05  # plots of one scan farther apart in time belong to other azimuths


def _together_s(look: Look, eyes: Array) -> float:
    """Return how far apart in time plots may be that count as measured at once.

    A sensor that moves past the ground below it must turn meanwhile by no more than a tenth of its sigma: 1 ms for
    0.1 mrad from an orbit 700 km high.
    """
    if len(eyes) < 2:
        return _TOGETHER_S
    first, last = look.times.argmin(), look.times.argmax()
    moved = np.linalg.norm(eyes[last] - eyes[first])
    height = max(float(np.linalg.norm(eyes[0])) - MEAN_RADIUS_M, _NEAREST_M)
    still = 0.1 * math.sqrt(look.sensor.noise[0]) * height * (look.times[last] - look.times[first])
    return float(still / moved) if still < _TOGETHER_S * moved else _TOGETHER_S


def empty_look(model: SensorModel, time_s: float) -> Look:
    """Return a look that saw nothing."""
    width = 3 if model.infrared else len(model.noise)
    return Look(model, time_s, np.empty(0), np.empty((0, width)), ())


def look_of(model: SensorModel, plots: Sequence[tuple[float, str, Plot]]) -> Look:
    """Return the look that one scan's plots make; each comes with its Unix time and id, in order of time."""
    at, ids, own = zip(*plots, strict=True)
    times = np.array(at)
    rows = _directions(own) if model.infrared else _polar(own, model)
    noise = _own_noise(model, own)
    if model.refracted:
        rows, noise = _straightened(model, rows, noise)
    return Look(model, float(times[0]), times, rows, ids, noise=noise)


def _directions(plots: Sequence[Plot]) -> Array:
    lines = np.array([plot.los_ecef for plot in plots])
    return lines / np.linalg.norm(lines, axis=1, keepdims=True)


def _polar(plots: Sequence[Plot], model: SensorModel) -> Array:
    """Return what radars measured, NaN where a plot lacks it; angles in radians."""
    if model.kind == SURVEILLANCE:
        table = np.array(
            [(plot.range_m, plot.azimuth_deg, plot.barometric_height_m) for plot in plots], dtype=float
        )
        table[:, 1] = np.radians(table[:, 1])
        return table
    columns = [
        [plot.range_m for plot in plots],
        [plot.azimuth_deg for plot in plots],
        [plot.elevation_deg for plot in plots],
    ]
    if len(model.noise) > len(columns):
        columns.append([plot.range_rate_m_s for plot in plots])
    table = np.array(columns, dtype=float)
    table[1:3] = np.radians(table[1:3])
    return np.ascontiguousarray(table.T)


def _own_noise(model: SensorModel, plots: Sequence[Plot]) -> Array | None:
    """Return the covariances (k, m, m) of plots of which one at least has its own; None where none has."""
    if not any(plot.covariance for plot in plots):
        return None
    out = np.repeat(np.diag(model.noise)[None], len(plots), axis=0)
    unit = np.ones(len(model.noise))
    if not model.infrared:
        unit[1 : 2 if model.kind == SURVEILLANCE else 3] = math.radians(1.0)
    for noise, plot in zip(out, plots, strict=True):
        if plot.covariance is not None:
            m = len(plot.covariance)
            noise[:m, :m] = np.array(plot.covariance) * np.outer(unit[:m], unit[:m])
    return out


def _straightened(model: SensorModel, rows: Array, noise: Array | None) -> tuple[Array, Array]:
    """Return plots with straight ranges and elevations, and covariances with what the air leaves unknown."""
    distance, elevation, sigma_m, sigma_rad = refraction.correct(
        np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 2]), model.height_m
    )
    rows, wide = rows.copy(), np.repeat(np.diag(model.noise)[None], len(rows), axis=0) if noise is None else noise
    rows[:, 0], rows[:, 2] = distance, elevation
    wide[:, 0, 0] += sigma_m**2
    wide[:, 2, 2] += sigma_rad**2
    return rows, wide
