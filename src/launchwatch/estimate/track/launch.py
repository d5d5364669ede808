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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

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
from launchwatch.estimate.track.history import History
from launchwatch.estimate.track.past import (
    AFTER_BURNOUT_S,
    MOST_BOOST_PLOTS,
    BoostPlot,
    Burn,
    boost_plots,
    past_of,
    unfolded,
    updates_of,
)
from launchwatch.estimate.track.tracker import Line, TrackerState, TrackState
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

_FEWEST = 4
_IR_GATE = 20.0  # sigmas of the line alone: wide, since the first fit extrapolates; stray lines lie hundreds away
_OWN_SQUARED = 16.0  # squared sigmas of line and path together: one own line in 900 lies beyond (3 dimensions)
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
    plots = _boost_plots(track.history)
    if len(plots) < _FEWEST:
        return None
    first = track.history[0]
    fitted = _fit_stages(plots, _fit_first(plots, first.mean, first.time_s))
    early = _early_infrared(lines_of(tracker, track), plots[0].time_s, fitted)
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


def launch_over_time(tracker: TrackerState, track: TrackState) -> list[tuple[float, LaunchPoint]]:
    """Return the launch as estimated at each boost plot, oldest first, with that plot's Unix time.

    Each fit starts from the one before and uses no later plot; after the last of them the launch stands.
    Those that no boost follows are left out.
    """
    plots = _boost_plots(track.history)
    known, found = None, []
    for count in range(_FEWEST, len(plots) + 1):
        known = _joined(lines_of(tracker, track), plots[:count], track.history[0], known)
        if known.fit.reduced_chi_square < _NOT_A_BOOST:
            found.append((plots[count - 1].time_s, known.point))
    return found


_GROWTH = 1.2
"""How many times the plots of the fit before it has each fit of a track that goes on: sixteen fits, a tenth of a
second, to the hundredth plot. With a smaller one there are more; with a larger one more of the boost waits."""

_EARLIEST_S = 900.0  # before a track: infrared plots older than this are of another launch, and soon forgotten
_FITS_KEPT = 8  # each has a fifth more plots: late ones reach no further back; with fewer, more is fitted anew

_Mark = tuple[float, bytes]


@dataclass
class Launching:
    """The launch of a track that goes on, as `follow_launch` keeps it. Not thread-safe.

    State: what every fit rests on; the newest fits on schedule, oldest first, each with the ids of its plots; the
    launch as last told, and once it stands, after how many updates and which was the last of them, and the first
    update and the plots' ids on which it rests.
    """

    basis: tuple[_Mark, tuple[str, ...]] | None = None
    fits: list[tuple[tuple[str, ...], LaunchSoFar]] = field(default_factory=list)
    over: tuple[int, _Mark] | None = None
    rests: tuple[_Mark, tuple[str, ...]] | None = None
    launch: LaunchPoint | None = None

    @property
    def early(self) -> tuple[Plot, ...]:
        """Return the infrared plots before the track began that lie on its boost; none where no launch is told."""
        return self.fits[-1][1].early if self.launch is not None and self.fits else ()


def follow_launch(known: Launching, history: Sequence[History], infrared: Sequence[Line]) -> LaunchPoint | None:
    """Return the launch of a track that goes on as of its newest update.

    None where too little of its boost was seen, or no boost follows it.

    It is fitted to four plots, then whenever they have grown by a fifth, and last when the boost is over, each fit
    from the one before. What comes out depends on the history and the `infrared` plots that no track explains, not
    on which updates it was asked for; `known` spares what was done before.
    """
    at = known.over[0] - updates_of(history) + len(history) - 1 if known.over is not None else -1
    if known.over is not None and 0 <= at < len(history) and _mark(history[at]) == known.over[1]:
        return known.launch
    burn, begun_s = _burned(history), history[0].time_s
    plots, over = _plots_until(history, burn.until_s(begun_s)), burn.is_over(begun_s, history[-1].time_s)
    rests = _mark(history[0]), tuple([id_ for id_, _ in plots])
    if not (over and at < 1 and past_of(history) is not None and known.rests == rests):
        newest = _newest_fit(known, history[0], plots, infrared, over=over) if len(plots) >= _FEWEST else None
        known.launch = newest.point if newest and newest.fit.reduced_chi_square < _NOT_A_BOOST else None
    known.over, known.rests = ((updates_of(history), _mark(history[-1])), rests) if over else (None, None)
    return known.launch


def _newest_fit(
    known: Launching, first: History, boost: list[BoostPlot], infrared: Sequence[Line], *, over: bool
) -> LaunchSoFar | None:
    """Forget the fits that late plots have changed, make those that are due, and return the newest."""
    plots, ids = [plot for _, plot in boost], tuple([id_ for id_, _ in boost])
    since = first.time_s - _EARLIEST_S
    early = [line for line in infrared if since <= line[0] < plots[0].time_s]
    basis = (_mark(first), tuple(line[3] for line in early))
    if known.basis != basis:
        known.basis, known.fits = basis, []
    while known.fits and known.fits[-1][0] != ids[: len(known.fits[-1][0])]:
        known.fits.pop()
    newest = known.fits[-1][1] if known.fits else None
    for count in _due(newest.plots if newest else 0, len(plots)):
        newest = _joined(early, plots[:count], first, newest)
        known.fits.append((ids[:count], newest))
    del known.fits[:-_FITS_KEPT]
    if over and newest and newest.plots < len(plots):
        newest = _joined(early, plots, first, newest)
    return newest


def _due(before: int, plots: int) -> Iterator[int]:
    """Yield to how many plots a launch is fitted, after a fit to so many before."""
    while (before := max(_FEWEST, before + 1, math.ceil(_GROWTH * before))) <= plots:
        yield before


def _mark(h: History) -> _Mark:
    return h.time_s, h.mean.tobytes()


_SALVO_S, _SALVO_M = 180.0, 100e3
"""Launches closer than both may have each other's infrared lines on their paths: a motor burns as long and far."""


def lines_of(tracker: TrackerState, track: TrackState) -> Sequence[Line]:
    """Return the unexplained infrared plots among which a track's own are looked for; none of a salvo's.

    One missile's path shifted by seconds and kilometres is its neighbour's: their lines before the radars saw them
    cannot be told apart by the path, and a wrong one moves the launch by more than it says.
    """
    begun = track.history[0]
    for other in tracker.confirmed:
        if other is not track and other.history and abs(other.history[0].time_s - begun.time_s) < _SALVO_S:
            apart = other.history[0].mean[:3] - begun.mean[:3]
            if float(np.linalg.norm(apart)) < _SALVO_M:
                return ()
    return tracker.infrared


def launch_of_plots(plots: list[Plot], mean: Array, time_s: float) -> LaunchPoint:
    """Return the launch of plots, oldest first, of one boost whose state (6,) at a Unix time is roughly known."""
    tracked = [plot for plot in plots if plot.time_s >= time_s]
    fitted = _fit_stages(tracked, _fit_first(tracked, mean, time_s))
    return _point(_fit(plots, fitted.family, fitted.size, fitted.fit.x))


def _joined(infrared: Sequence[Line], plots: list[Plot], first: History, known: LaunchSoFar | None) -> LaunchSoFar:
    before = known.fit if known is not None else _fit_first(plots, first.mean, first.time_s)
    early = known.early if known is not None else ()
    early = early or tuple(_early_infrared(infrared, plots[0].time_s, before))
    so_far = [*early, *plots]
    fitted = _fit_stages(so_far, _fit(so_far, before.family, before.size, before.fit.x, _STEPS_A_PLOT))
    return LaunchSoFar(_point(fitted), len(plots), fitted, early)


def _point(fitted: _Boost) -> LaunchPoint:
    rows, launch = fitted.family.rows(fitted.fit.x[None, : fitted.size])
    scale = PLACE_SIGMA[[1, 0, 2]]
    covariance = _covariance(fitted)[np.ix_([1, 0, 2], [1, 0, 2])] * np.outer(scale, scale)
    return LaunchPoint(float(rows[0, prm.LAT]), float(rows[0, prm.LON]), float(launch[0]), covariance)


def _boost_plots(history: Sequence[History]) -> list[Plot]:
    """Return a track's plots until shortly after burnout; none where it did not burn in its first minutes."""
    until_s = _burned(history).until_s(history[0].time_s, through_pauses=True)
    return [plot for _, plot in _own_plots(history) if plot.time_s <= until_s + AFTER_BURNOUT_S]


def _plots_until(history: Sequence[History], until_s: float) -> list[BoostPlot]:
    """Return the plots of a boost of a track that goes on until shortly after the motor was off."""
    return [one for one in _own_plots(history)[:MOST_BOOST_PLOTS] if one[1].time_s <= until_s + AFTER_BURNOUT_S]


def _burned(history: Sequence[History]) -> Burn:
    past = past_of(history)
    return (past.burn if past else Burn()).on(unfolded(history))


def _own_plots(history: Sequence[History]) -> list[BoostPlot]:
    past = past_of(history)
    return [*(past.boost if past else ()), *boost_plots(unfolded(history))]


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


def _early_infrared(infrared: Sequence[Line], before_s: float, fitted: _Boost) -> list[Plot]:
    """Return infrared plots before the track began that lie on the fitted path.

    How near is told by the path's covariance and the line's own.
    """
    plots = [Plot(time, line, model) for time, line, model, _ in infrared if time < before_s]
    if not plots:
        return []
    plots.sort(key=lambda plot: plot.time_s)
    problem = PlotFit(fitted.family, pack(plots, each_for_itself=True), fitted.size, WANDER)
    residuals = problem.residuals(fitted.fit.x).reshape(-1, 3)
    worth = np.flatnonzero(np.linalg.norm(residuals, axis=1) < _IR_GATE)
    if not len(worth):
        return []
    _, slopes = problem.slopes(fitted.fit.x)
    slopes = slopes.reshape(len(plots), 3, -1)[worth]
    spread = np.eye(3) + STRAYING**2 * slopes @ fitted.fit.covariance @ slopes.transpose(0, 2, 1)
    off = residuals[worth]
    near = worth[np.einsum("ki,ki->k", off, np.linalg.solve(spread, off[:, :, None])[:, :, 0]) < _OWN_SQUARED]
    return [plots[i] for i in near]


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
