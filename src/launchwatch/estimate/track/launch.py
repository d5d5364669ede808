"""Where a tracked object came from: a parametric boost fitted to the plots of its powered flight.

Least squares over eleven parameters of the flight core's boost, and two more for each further stage, each with a
broad prior, on the plots that the track used until shortly after burnout and on infrared looks before it began.
A stage is added where the plots ask for it. The plots' noise is widened by what a parametric boost cannot follow,
and the covariance by the fit's reduced chi-square where that exceeds one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from launchwatch.basis.compiled import kernel
from launchwatch.bayes.linear import cholesky, solve_factored
from launchwatch.bayes.sampling import draw_normal
from launchwatch.estimate.track.motion import BOOST
from launchwatch.estimate.track.sensors import SensorModel
from launchwatch.estimate.track.tracker import History, TrackerState, TrackState
from launchwatch.flight import parameters as prm
from launchwatch.flight.propagation import BURNOUT_STATE, BURNOUT_TIME, fly_batch, fly_path
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import destination
from launchwatch.geo.sight import bearing_plane, look

Array = NDArray[np.float64]

MODEL_M = 100.0
"""How far (one sigma) a real boost strays from the parametric one."""

_AFTER_BURNOUT_S = 10.0
_FEWEST = 4
_MOST_POLISHING = 20
_IR_GATE = 20.0  # sigmas: wide, since the first fit extrapolates; stray lines lie hundreds away

# Mean and sigma: vertical rise (s), pitch time (s), final thrust elevation (rad), burn time (s), exhaust speed
# (m/s), propellant fraction, ln of the ballistic coefficient. Single-stage missiles of public record lie within
# two sigmas.
_PRIOR = np.array(
    [[3, 2], [20, 10], [0.7, 0.5], [65, 25], [2400, 200], [0.65, 0.12], [math.log(7000), 0.6]], dtype=float
)
# The same for burn time and propellant fraction of each further stage.
_STAGE_PRIOR = np.array([[60, 25], [0.65, 0.12]], dtype=float)
_ONE_STAGE = 4 + len(_PRIOR)
_MISFIT = 2.0
"""Reduced chi-square above which another stage is tried: one plot in ten thousand such boosts by chance."""

# Launch latitude, longitude (m from the first guess), time (s), azimuth (rad).
_PLACE_SIGMA = np.array([150e3, 150e3, 60.0, 1.0])


@dataclass(frozen=True)
class LaunchFit:
    """A fitted boost: parameter rows drawn from it, times and places of launch and burnout.

    `launch` holds samples (n, 3) of latitude, longitude (rad) and Unix time; `azimuth` (n,) rad; `burnout` (n, 4)
    seconds after lift-off, speed (m/s), flight-path angle (rad), height (m). `reduced_chi_square` tells how well
    the boost follows the plots.
    """

    launch: Array
    azimuth: Array
    burnout: Array
    rows: Array
    plots: int
    reduced_chi_square: float


@dataclass(frozen=True)
class _Plot:
    time_s: float
    measurement: Array
    sensor: SensorModel


@dataclass(frozen=True)
class _Origin:
    lat: float
    lon: float
    time_s: float
    azimuth: float


@dataclass(frozen=True)
class _Fit:
    origin: _Origin
    x: Array
    cost: float
    jacobian: Array


def fit_launch(
    tracker: TrackerState, track: TrackState, samples: int, rng: np.random.Generator
) -> LaunchFit | None:
    """Return the fitted launch of a track, or None where too little of its boost was seen."""
    plots = _boost_plots(track)
    if len(plots) < _FEWEST:
        return None
    fitted = _fit_first(plots, track.history[0])
    fitted = _fit_stages(plots, fitted)
    early = _early_infrared(tracker, plots[0].time_s, fitted)
    if early:
        plots = [*early, *plots]
        fitted = _fit(plots, fitted.origin, fitted.x)
    return _draw(_polished(plots, fitted), len(plots), samples, rng)


@dataclass(frozen=True)
class LaunchPoint:
    """A launch as it was estimated at one time: place (rad), Unix time, and the covariance (3, 3).

    Rows and columns of the covariance are east (m), north (m) and time (s).
    """

    lat_rad: float
    lon_rad: float
    time_s: float
    covariance: Array


_STEPS_A_PLOT = 8  # solver steps when one plot more joins a fit that stood already


def launch_over_time(tracker: TrackerState, track: TrackState) -> list[tuple[float, LaunchPoint]]:
    """Return the launch as estimated at each boost plot, oldest first, with that plot's Unix time.

    Each fit starts from the one before and uses no later plot; after the last of them the launch stands.
    """
    plots = _boost_plots(track)
    if len(plots) < _FEWEST:
        return []
    fitted = _fit_first(plots[:_FEWEST], track.history[0])
    early: list[_Plot] = []
    found = []
    for count in range(_FEWEST, len(plots) + 1):
        early = early or _early_infrared(tracker, plots[0].time_s, fitted)
        so_far = [*early, *plots[:count]]
        fitted = _fit_stages(so_far, _fit(so_far, fitted.origin, fitted.x, _STEPS_A_PLOT))
        found.append((plots[count - 1].time_s, _point(fitted)))
    return found


def _point(fitted: _Fit) -> LaunchPoint:
    row, time_s = _row(fitted.x, fitted.origin)
    scale = _PLACE_SIGMA[[1, 0, 2]]
    covariance = _covariance(fitted)[np.ix_([1, 0, 2], [1, 0, 2])] * np.outer(scale, scale)
    return LaunchPoint(float(row[prm.LAT]), float(row[prm.LON]), time_s, covariance)


def _boost_plots(track: TrackState) -> list[_Plot]:
    burning = [h for h in track.history if h.probability[BOOST] > 0.5]
    last = burning[-1].time_s + _AFTER_BURNOUT_S if burning else track.history[0].time_s + 3 * _AFTER_BURNOUT_S
    return [
        _Plot(h.time_s, h.measurement, h.sensor)
        for h in track.history
        if h.measurement is not None and h.time_s <= last
    ]


def _guess(first: History) -> list[_Origin]:
    """Return launch guesses on the line back along the first heading, 20, 40 and 70 s before."""
    lat, lon, _ = geodetic_from_ecef(first.mean[None, :3])[0]
    velocity = east_north_up(lat, lon) @ first.mean[3:6]
    heading = math.atan2(velocity[0], velocity[1])
    level = float(np.hypot(velocity[0], velocity[1]))
    guesses = []
    for since in (20.0, 40.0, 70.0):
        back_lat, back_lon = destination(lat, lon, heading + math.pi, 0.4 * level * since)
        guesses.append(_Origin(float(back_lat), float(back_lon), first.time_s - since, heading))
    return guesses


def _row(x: Array, origin: _Origin) -> tuple[Array, float]:
    """Return the parameter row and launch time of scaled unknowns (11,), two more for each further stage."""
    north, east, late, turn = x[:4] * _PLACE_SIGMA
    own = _PRIOR[:, 0] + x[4:_ONE_STAGE] * _PRIOR[:, 1]
    vertical, pitch_time, pitch, burn, exhaust, fraction, log_beta = own
    row = np.zeros(prm.COUNT)
    row[prm.LAT] = origin.lat + north / 6.36e6
    row[prm.LON] = origin.lon + east / (6.38e6 * math.cos(origin.lat))
    row[prm.AZIMUTH] = origin.azimuth + turn
    row[prm.VERTICAL_TIME], row[prm.PITCH_TIME] = max(vertical, 0.0), max(pitch_time, 1.0)
    row[prm.PITCH] = min(max(pitch, 0.02), 0.5 * math.pi)
    further = _STAGE_PRIOR[:, 0] + x[_ONE_STAGE:].reshape(-1, 2) * _STAGE_PRIOR[:, 1]
    for stage, (burning, spent) in enumerate([(burn, fraction), *further]):
        seconds, share = max(burning, 5.0), min(max(spent, 0.1), 0.95)
        column = prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage
        row[column], row[column + 2] = seconds, share
        row[column + 1] = max(exhaust * share / seconds, 11.0 if stage == 0 else 1.0)
    row[prm.BALLISTIC_COEFFICIENT] = math.exp(log_beta)
    return row, origin.time_s + late


def _fit_first(plots: list[_Plot], first: History) -> _Fit:
    return min((_fit(plots, guess) for guess in _guess(first)), key=lambda fit: fit.cost)


def _fit_stages(plots: list[_Plot], fitted: _Fit) -> _Fit:
    """Return the fit with as many stages as the plots ask for."""
    while _reduced_chi_square(fitted) > _MISFIT and len(fitted.x) < _ONE_STAGE + 2 * (prm.STAGES - 1):
        starts = (np.append(fitted.x, [0.0, 0.0]), np.zeros(len(fitted.x) + 2))
        more = min((_fit(plots, fitted.origin, x) for x in starts), key=lambda fit: fit.cost)
        if more.cost >= fitted.cost:
            break
        fitted = more
    return fitted


def _fit(plots: list[_Plot], origin: _Origin, x: Array | None = None, most: int = 60) -> _Fit:
    packed = _pack(plots)

    def residuals(x: Array) -> Array:
        return np.concatenate([x, _misfits(packed, *_row(x, origin)).ravel()])

    solved = least_squares(residuals, np.zeros(_ONE_STAGE) if x is None else x, method="trf", max_nfev=most)
    return _Fit(origin, solved.x, float(solved.cost), np.asarray(solved.jac))


_NUDGE = 1e-2  # sigmas of the prior: far above the flights' own noise, below their curvature
_SETTLED = 1e-9
_ROUGH = 1e-4  # what derivatives over a finite step may lose of the least squares
_SMOOTH_M = 1e-7  # the flights' tolerance where derivatives are taken


def _polished(plots: list[_Plot], fitted: _Fit) -> _Fit:
    """Return the fit after Gauss-Newton steps to where they stand still.

    The solver stops somewhere within its tolerance, elsewhere on another processor; the minimum itself is one.
    """
    packed, origin, x = _pack(plots), fitted.origin, fitted.x

    def residuals(x: Array) -> Array:
        return np.concatenate([x, _misfits(packed, *_row(x, origin), _SMOOTH_M).ravel()])

    off = residuals(x)
    for _ in range(_MOST_POLISHING):
        jacobian = _derivative(residuals, x)
        step = _normal_solve(jacobian, off)
        after = residuals(x - step)
        if not after @ after <= off @ off + _ROUGH:
            break
        x, off = x - step, after
        if np.abs(step).max() < _SETTLED:
            break
    return _Fit(origin, x, 0.5 * float(off @ off), _derivative(residuals, x))


def _derivative(residuals: Callable[[Array], Array], x: Array) -> Array:
    """Return central differences (residuals, unknowns) with one step for all: unknowns are in prior sigmas."""
    columns = []
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += _NUDGE
        behind[i] -= _NUDGE
        columns.append((residuals(ahead) - residuals(behind)) / (2 * _NUDGE))
    return np.column_stack(columns)


def _normal_solve(jacobian: Array, off: Array) -> Array:
    factor = cholesky(np.ascontiguousarray(jacobian.T @ jacobian))
    return np.asarray(solve_factored(factor, (jacobian.T @ off)[:, None])[:, 0])


_NOWHERE = 1e3  # residual of a plot that the trial flight has not reached: large, and finite for the solver


@dataclass(frozen=True)
class _Plots:
    """Plots as arrays: times (k,), measurements, eyes and noise (k, 3), rows east, north, up (k, 3, 3)."""

    time_s: Array
    measurement: Array
    eye: Array
    enu: Array
    noise: Array
    infrared: NDArray[np.bool_]


def _pack(plots: list[_Plot]) -> _Plots:
    return _Plots(
        time_s=np.array([plot.time_s for plot in plots]),
        measurement=np.array([plot.measurement[:3] for plot in plots]),
        eye=np.array([plot.sensor.position_at(plot.time_s) for plot in plots]),
        enu=np.array([plot.sensor.enu for plot in plots]),
        noise=np.array([np.resize(plot.sensor.noise, 3) for plot in plots]),
        infrared=np.array([plot.sensor.infrared for plot in plots]),
    )


def _misfits(plots: _Plots, row: Array, launch_s: float, tolerance_m: float = 0.1) -> Array:
    since = plots.time_s - launch_s
    states = np.full((len(since), 6), np.nan)
    flying = since >= 0
    states[flying], _ = fly_path(row, since[flying], tolerance_m=tolerance_m)
    return _residuals(states, plots.measurement, plots.eye, plots.enu, plots.noise, plots.infrared)


@kernel
def _residuals(
    states: Array, measurement: Array, eye: Array, enu: Array, noise: Array, infrared: NDArray[np.bool_]
) -> Array:
    """Return each plot's residuals over their sigmas (k, 3), widened by `MODEL_M` across the line of sight."""
    out = np.zeros((states.shape[0], 3))
    for i in range(states.shape[0]):
        if not math.isfinite(states[i, 0]):
            out[i] = _NOWHERE
            continue
        line = states[i, :3] - eye[i]
        distance = math.sqrt(line @ line)
        slack = (MODEL_M / distance) ** 2
        if infrared[i]:
            plane = bearing_plane(line / distance)
            for c in range(2):
                out[i, c] = plane[c] @ measurement[i] / math.sqrt(noise[i, 0] + slack)
            continue
        seen = look(states[i], eye[i], enu[i])
        turn = (measurement[i, 1] - seen[1] + math.pi) % (2.0 * math.pi) - math.pi
        out[i, 0] = (measurement[i, 0] - seen[0]) / math.sqrt(noise[i, 0] + MODEL_M**2)
        out[i, 1] = turn * math.cos(seen[2]) / math.sqrt(noise[i, 1] + slack)
        out[i, 2] = (measurement[i, 2] - seen[2]) / math.sqrt(noise[i, 2] + slack)
    return out


def _early_infrared(tracker: TrackerState, before_s: float, fitted: _Fit) -> list[_Plot]:
    """Return infrared plots before the track began that lie on the fitted path."""
    plots = [_Plot(time, line, model) for time, line, model, _ in tracker.infrared if time < before_s]
    if not plots:
        return []
    misfits = np.linalg.norm(_misfits(_pack(plots), *_row(fitted.x, fitted.origin)), axis=1)
    return [plot for plot, off in zip(plots, misfits, strict=True) if off < _IR_GATE]


def _reduced_chi_square(fitted: _Fit) -> float:
    measured = int(np.count_nonzero(np.abs(fitted.jacobian).sum(axis=1))) - len(fitted.x)
    return 2 * fitted.cost / float(np.maximum(measured, 1))


def _covariance(fitted: _Fit) -> Array:
    """Return the scaled unknowns' covariance (n, n), widened where the boost does not follow the plots."""
    information = fitted.jacobian.T @ fitted.jacobian
    inverse = solve_factored(cholesky(np.ascontiguousarray(information)), np.eye(len(information)))
    return np.asarray(0.5 * (inverse + inverse.T) * max(_reduced_chi_square(fitted), 1.0))


def _draw(fitted: _Fit, plots: int, samples: int, rng: np.random.Generator) -> LaunchFit:
    covariance = _covariance(fitted)
    draws = draw_normal(fitted.x, covariance, samples, rng)
    drawn = [_row(x, fitted.origin) for x in draws]
    rows = np.stack([row for row, _ in drawn])
    launch = np.column_stack([rows[:, prm.LAT], rows[:, prm.LON], [time for _, time in drawn]])
    burning = rows[:, prm.BURN_TIME_1 : prm.BURN_TIME_1 + prm.STAGE_WIDTH * prm.STAGES : prm.STAGE_WIDTH]
    outcomes = fly_batch(rows, tolerance_m=10.0, longest_s=float(burning.sum(axis=1).max() + 1))
    return LaunchFit(launch, rows[:, prm.AZIMUTH], burnout_of(outcomes), rows, plots, _reduced_chi_square(fitted))


def typical_row(fit: LaunchFit) -> Array:
    """Return the drawn row nearest to the draws' median launch place and burnout height: a path to draw."""
    columns = np.column_stack([fit.launch[:, :2], fit.burnout[:, 3]])
    spread = np.maximum(columns.std(axis=0), 1e-12)
    off = np.abs((columns - np.median(columns, axis=0)) / spread).sum(axis=1)
    return np.asarray(fit.rows[int(np.argmin(off))])


def burnout_of(outcomes: Array) -> Array:
    """Return time after lift-off (s), speed (m/s), flight-path angle (rad), height (m) at burnout, (n, 4)."""
    states = outcomes[:, BURNOUT_STATE : BURNOUT_STATE + 6]
    place = geodetic_from_ecef(np.ascontiguousarray(states[:, :3]))
    up = np.column_stack(
        [
            np.cos(place[:, 0]) * np.cos(place[:, 1]),
            np.cos(place[:, 0]) * np.sin(place[:, 1]),
            np.sin(place[:, 0]),
        ]
    )
    speed = np.linalg.norm(states[:, 3:], axis=1)
    angle = np.arcsin(np.clip(np.einsum("ij,ij->i", states[:, 3:], up) / np.maximum(speed, 1e-9), -1, 1))
    return np.column_stack([outcomes[:, BURNOUT_TIME], speed, angle, place[:, 2]])
