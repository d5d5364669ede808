"""Where a tracked object came from: a parametric boost fitted to the plots of its powered flight.

Most probable eleven parameters of the flight core's boost, and two more for each further stage, each with a broad
prior, given the plots that the track used until shortly after burnout and infrared looks before it began. A stage
is added where the plots ask for it. What a parametric boost cannot follow is a wandering acceleration, solved for
with it; the covariance is widened by the fit's reduced chi-square where that exceeds one. What the sensors are off
by for good, as far as they state its sigma, is solved for as well.

What never burned has no launch: an aircraft, a satellite, a missile first seen long after burnout. Nor has what no
boost follows. Plots of surveillance radars are left out: theirs are aircraft, and the height that they tell is the
pressure's.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launchwatch.bayes import fitting
from launchwatch.bayes.sampling import draw_normal
from launchwatch.estimate.track.boosts import (
    ONE_STAGE,
    PLACE_SIGMA,
    Plot,
    PlotFit,
    StagedBoost,
    Wander,
    pack,
)
from launchwatch.estimate.track.measuring import SURVEILLANCE
from launchwatch.estimate.track.motion import BOOST
from launchwatch.estimate.track.tracker import History, TrackerState, TrackState
from launchwatch.flight import parameters as prm
from launchwatch.flight.propagation import BURNOUT_STATE, BURNOUT_TIME, fly_batch
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.geodesic import destination

Array = NDArray[np.float64]

WANDER = Wander(sigma_m_s2=0.5, width_s=15.0)
"""How a boost's acceleration is let stray from the parametric one: as much as serves the estimate best."""

STRAYING = 4.0
"""How many times further real boosts are taken to stray when the estimate's covariance is told (Schmidt 1966)."""

_AFTER_BURNOUT_S = 10.0
_BURNS_WITHIN_S = 300.0  # of the track's beginning: motors burn no longer
_BURNS = 0.5
_FEWEST = 4
_IR_GATE = 20.0  # sigmas: wide, since the first fit extrapolates; stray lines lie hundreds away
_MISFIT = 2.0
"""Reduced chi-square above which another stage is tried: one plot in ten thousand such boosts by chance."""

_NOT_A_BOOST = 20.0
"""Reduced chi-square from which the object did not fly as fitted: its plots lie four sigmas off, and a place of
launch from such a fit would be of nothing."""


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
class _Boost:
    """A fit with the family that it is of: the unknowns' first `size` are the family's."""

    family: StagedBoost
    size: int
    fit: fitting.Fit
    reduced_chi_square: float


def fit_launch(
    tracker: TrackerState, track: TrackState, samples: int, rng: np.random.Generator
) -> LaunchFit | None:
    """Return the fitted launch of a track; None where too little of its boost was seen, or no boost follows it."""
    plots = _boost_plots(track)
    if len(plots) < _FEWEST:
        return None
    first = track.history[0]
    fitted = _fit_stages(plots, _fit_first(plots, first.mean, first.time_s))
    early = _early_infrared(tracker, plots[0].time_s, fitted)
    if early:
        plots = [*early, *plots]
        fitted = _fit(plots, fitted.family, fitted.size, fitted.fit.x)
    if not fitted.reduced_chi_square < _NOT_A_BOOST:
        return None
    return _draw(_settled(plots, fitted), len(plots), samples, rng)


@dataclass(frozen=True)
class LaunchPoint:
    """A launch as it was estimated at one time: place (rad), Unix time, and the covariance (3, 3).

    Rows and columns of the covariance are east (m), north (m) and time (s).
    """

    lat_rad: float
    lon_rad: float
    time_s: float
    covariance: Array


@dataclass(frozen=True)
class LaunchSoFar:
    """A launch as known after some plots, from which the next fit starts."""

    point: LaunchPoint
    plots: int
    fit: _Boost
    early: tuple[Plot, ...]


_STEPS_A_PLOT = 8  # solver steps when one plot more joins a fit that stood already


def update_launch(
    tracker: TrackerState, track: TrackState, known: LaunchSoFar | None = None
) -> LaunchSoFar | None:
    """Return the launch of a track as of now, from what was known of it before.

    None where too little was seen, or no boost follows it. Made for every scan: some 4 ms where a plot of its
    boost joined, nothing where none has.
    """
    plots = _boost_plots(track)
    if len(plots) < _FEWEST or (known is not None and known.plots == len(plots)):
        return known
    found = _joined(tracker, plots, track.history[0], known)
    return found if found.fit.reduced_chi_square < _NOT_A_BOOST else None


def launch_over_time(tracker: TrackerState, track: TrackState) -> list[tuple[float, LaunchPoint]]:
    """Return the launch as estimated at each boost plot, oldest first, with that plot's Unix time.

    Each fit starts from the one before and uses no later plot; after the last of them the launch stands.
    Those that no boost follows are left out.
    """
    plots = _boost_plots(track)
    known, found = None, []
    for count in range(_FEWEST, len(plots) + 1):
        known = _joined(tracker, plots[:count], track.history[0], known)
        if known.fit.reduced_chi_square < _NOT_A_BOOST:
            found.append((plots[count - 1].time_s, known.point))
    return found


def launch_of_plots(plots: list[Plot], mean: Array, time_s: float) -> LaunchPoint:
    """Return the launch of plots, oldest first, of one boost whose state (6,) at a Unix time is roughly known."""
    tracked = [plot for plot in plots if plot.time_s >= time_s]
    fitted = _fit_stages(tracked, _fit_first(tracked, mean, time_s))
    return _point(_fit(plots, fitted.family, fitted.size, fitted.fit.x))


def _joined(tracker: TrackerState, plots: list[Plot], first: History, known: LaunchSoFar | None) -> LaunchSoFar:
    before = known.fit if known is not None else _fit_first(plots, first.mean, first.time_s)
    early = known.early if known is not None else ()
    early = early or tuple(_early_infrared(tracker, plots[0].time_s, before))
    so_far = [*early, *plots]
    fitted = _fit_stages(so_far, _fit(so_far, before.family, before.size, before.fit.x, _STEPS_A_PLOT))
    return LaunchSoFar(_point(fitted), len(plots), fitted, early)


def _point(fitted: _Boost) -> LaunchPoint:
    rows, launch = fitted.family.rows(fitted.fit.x[None, : fitted.size])
    scale = PLACE_SIGMA[[1, 0, 2]]
    covariance = _covariance(fitted)[np.ix_([1, 0, 2], [1, 0, 2])] * np.outer(scale, scale)
    return LaunchPoint(float(rows[0, prm.LAT]), float(rows[0, prm.LON]), float(launch[0]), covariance)


def _boost_plots(track: TrackState) -> list[Plot]:
    """Return a track's plots until shortly after burnout; none where it did not burn in its first minutes."""
    burning = [h.time_s for h in track.history if h.probability[BOOST] > _BURNS]
    if not burning or burning[0] > track.history[0].time_s + _BURNS_WITHIN_S:
        return []
    return [
        Plot(h.time_s, h.measurement, h.sensor, _own_noise(h))
        for h in track.history
        if h.measurement is not None
        and h.sensor.kind != SURVEILLANCE
        and h.time_s <= burning[-1] + _AFTER_BURNOUT_S
    ]


def _own_noise(h: History) -> Array | None:
    noise = h.record.look.noise
    return None if noise is None else noise[h.record.best[h.row]]


def _guesses(mean: Array, time_s: float) -> list[StagedBoost]:
    """Return boosts from the line back along the first heading, 20, 40 and 70 s before."""
    lat, lon, _ = geodetic_from_ecef(mean[None, :3])[0]
    velocity = east_north_up(lat, lon) @ mean[3:6]
    heading = math.atan2(velocity[0], velocity[1])
    level = float(np.hypot(velocity[0], velocity[1]))
    guesses = []
    for since in (20.0, 40.0, 70.0):
        back_lat, back_lon = destination(lat, lon, heading + math.pi, 0.4 * level * since)
        guesses.append(StagedBoost(np.array([float(back_lat), float(back_lon), time_s - since, heading])))
    return guesses


def _fit_first(plots: list[Plot], mean: Array, time_s: float) -> _Boost:
    tried = (_fit(plots, family, ONE_STAGE, np.zeros(ONE_STAGE)) for family in _guesses(mean, time_s))
    return min(tried, key=lambda found: found.fit.cost)


def _fit_stages(plots: list[Plot], fitted: _Boost) -> _Boost:
    """Return the fit with as many stages as the plots ask for."""
    while fitted.reduced_chi_square > _MISFIT and fitted.size < ONE_STAGE + 2 * (prm.STAGES - 1):
        size = fitted.size + 2
        starts = (np.append(fitted.fit.x[: fitted.size], [0.0, 0.0]), np.zeros(size))
        more = min((_fit(plots, fitted.family, size, x) for x in starts), key=lambda found: found.fit.cost)
        if more.fit.cost >= fitted.fit.cost:
            break
        fitted = more
    return fitted


def _problem(plots: list[Plot], family: StagedBoost, size: int) -> PlotFit:
    return PlotFit(family, pack(plots), size, WANDER)


def _fit(plots: list[Plot], family: StagedBoost, size: int, x: Array, most: int = 60) -> _Boost:
    """Return the fit from unknowns whose wander may still be too short for the plots."""
    problem = _problem(plots, family, size)
    start = np.zeros(size + WANDER.count(plots[-1].time_s - family.start(x[:size])[0]))
    kept = min(len(x), len(start))
    start[:kept] = x[:kept]
    return _found(problem, problem.minimize(start, most=most))


def _found(problem: PlotFit, fit: fitting.Fit) -> _Boost:
    assert isinstance(problem.family, StagedBoost)
    return _Boost(problem.family, problem.size, fit, 2 * fit.cost / max(problem.plots.values, 1))


def _settled(plots: list[Plot], fitted: _Boost) -> _Boost:
    problem = _problem(plots, fitted.family, fitted.size)
    return _found(problem, fitting.settle(problem.slopes, fitted.fit))


def _early_infrared(tracker: TrackerState, before_s: float, fitted: _Boost) -> list[Plot]:
    """Return infrared plots before the track began that lie on the fitted path."""
    plots = [Plot(time, line, model) for time, line, model, _ in tracker.infrared if time < before_s]
    if not plots:
        return []
    plots.sort(key=lambda plot: plot.time_s)
    problem = PlotFit(fitted.family, pack(plots, each_for_itself=True), fitted.size, WANDER)
    residuals = problem.residuals(fitted.fit.x)
    misfits = np.linalg.norm(residuals.reshape(-1, 3), axis=1)
    return [plot for plot, off in zip(plots, misfits, strict=True) if off < _IR_GATE]


def _covariance(fitted: _Boost) -> Array:
    """Return the family's unknowns' covariance (n, n), widened where the boost does not follow the plots."""
    covariance = fitted.fit.covariance
    gain = covariance[: fitted.size, fitted.size :]
    own = covariance[: fitted.size, : fitted.size] + (STRAYING**2 - 1.0) * gain @ gain.T
    return np.asarray(own * max(fitted.reduced_chi_square, 1.0))


def _draw(fitted: _Boost, plots: int, samples: int, rng: np.random.Generator) -> LaunchFit:
    draws = draw_normal(fitted.fit.x[: fitted.size], _covariance(fitted), samples, rng)
    rows, times = fitted.family.rows(draws)
    launch = np.column_stack([rows[:, prm.LAT], rows[:, prm.LON], times])
    burning = rows[:, prm.BURN_TIME_1 : prm.BURN_TIME_1 + prm.STAGE_WIDTH * prm.STAGES : prm.STAGE_WIDTH]
    outcomes = fly_batch(rows, tolerance_m=10.0, longest_s=float(burning.sum(axis=1).max() + 1))
    return LaunchFit(launch, rows[:, prm.AZIMUTH], burnout_of(outcomes), rows, plots, fitted.reduced_chi_square)


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
