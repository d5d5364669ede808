"""Families of boosts that plots are fitted with, and plots as arrays with their misfits.

A family turns unknowns, counted in sigmas of their prior from its mean, into paths; derivatives are central
differences of paths that are smooth to the last bit. What no family follows is carried as a wandering
acceleration: a broken line over time in each of three directions, with a prior of its own (Schmidt's consider
parameters, solved for).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel
from launchwatch.bayes import fitting
from launchwatch.estimate.track.sensors import SensorModel
from launchwatch.flight import boosts
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH, Environment
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import bearing_plane, look, look_derivative

Array = NDArray[np.float64]


class Family(Protocol):
    """Boosts of one kind: unknowns in prior sigmas to paths."""

    def paths(self, x: Array, times: Array) -> Array:
        """Return earth-fixed states (m, k, 6) of unknowns (m, n) at ascending Unix times (k,)."""

    def start(self, x: Array) -> tuple[float, Array]:
        """Return the Unix time of lift-off of unknowns (n,), and rows ahead, across and up (3, 3) there."""

    @property
    def lift_off(self) -> tuple[int, float]:
        """Return which unknown is the time of lift-off, and its sigma (s)."""


# Mean and sigma: vertical rise (s), pitch time (s), final thrust elevation (rad), burn time (s), exhaust speed
# (m/s), propellant fraction, ln of the ballistic coefficient. Single-stage missiles of public record lie within
# two sigmas.
_PRIOR = np.array(
    [[3, 2], [20, 10], [0.7, 0.5], [65, 25], [2400, 200], [0.65, 0.12], [math.log(7000), 0.6]], dtype=float
)
# The same for burn time and propellant fraction of each further stage.
_STAGE_PRIOR = np.array([[60, 25], [0.65, 0.12]], dtype=float)
ONE_STAGE = 4 + len(_PRIOR)

# No motor or body lies beyond these: vertical rise, pitch and burn times (s), exhaust speeds (m/s), and the ln of
# the ballistic coefficients of a plate and of a needle.
_LONGEST_RISE_S, _LONGEST_PITCH_S, _LONGEST_BURN_S = 60.0, 300.0, 600.0
_LEAST_EXHAUST, _MOST_EXHAUST = 500.0, 6000.0
_PLATE, _NEEDLE = 2.2, 13.2

# Launch latitude, longitude (m from the first guess), time (s), azimuth (rad).
PLACE_SIGMA = np.array([150e3, 150e3, 60.0, 1.0])
_NORTH_M, _EAST_M = 6.36e6, 6.38e6  # metres a radian near the ground: scales of unknowns only


@kernel
def _staged_rows(x: Array, origin: Array, prior: Array, stage_prior: Array, scale: Array) -> tuple[Array, Array]:
    rows, launch = np.zeros((x.shape[0], prm.COUNT)), np.empty(x.shape[0])
    for m in range(x.shape[0]):
        row = rows[m]
        row[prm.LAT] = origin[0] + x[m, 0] * scale[0] / _NORTH_M
        row[prm.LON] = origin[1] + x[m, 1] * scale[1] / (_EAST_M * math.cos(origin[0]))
        launch[m] = origin[2] + x[m, 2] * scale[2]
        row[prm.AZIMUTH] = origin[3] + x[m, 3] * scale[3]
        own = prior[:, 0] + x[m, 4:11] * prior[:, 1]
        row[prm.VERTICAL_TIME] = min(max(own[0], 0.0), _LONGEST_RISE_S)
        row[prm.PITCH_TIME] = min(max(own[1], 1.0), _LONGEST_PITCH_S)
        row[prm.PITCH] = min(max(own[2], 0.02), 0.5 * math.pi)
        burn, spent = own[3], own[5]
        exhaust = min(max(own[4], _LEAST_EXHAUST), _MOST_EXHAUST)
        for stage in range(1 + (x.shape[1] - 11) // 2):
            if stage > 0:
                burn = stage_prior[0, 0] + x[m, 9 + 2 * stage] * stage_prior[0, 1]
                spent = stage_prior[1, 0] + x[m, 10 + 2 * stage] * stage_prior[1, 1]
            seconds, share = min(max(burn, 5.0), _LONGEST_BURN_S), min(max(spent, 0.1), 0.95)
            at = prm.BURN_TIME_1 + prm.STAGE_WIDTH * stage
            row[at], row[at + 2] = seconds, share
            row[at + 1] = max(exhaust * share / seconds, 11.0 if stage == 0 else 1.0)
        row[prm.BALLISTIC_COEFFICIENT] = math.exp(min(max(own[6], _PLATE), _NEEDLE))
    return rows, launch


@dataclass(frozen=True)
class StagedBoost:
    """The flight core's boost of up to three stages about a first guess of its launch.

    Eleven unknowns (place, time, azimuth and the seven of the boost) and two more for each further stage. `origin`
    (4,) is latitude, longitude, Unix time and azimuth (rad) of the guess.
    """

    origin: Array

    def rows(self, x: Array) -> tuple[Array, Array]:
        """Return parameter rows (m, `parameters.COUNT`) and launch times (m,) of unknowns (m, n)."""
        return _staged_rows(np.ascontiguousarray(x), self.origin, _PRIOR, _STAGE_PRIOR, PLACE_SIGMA)

    def paths(self, x: Array, times: Array) -> Array:
        """Return earth-fixed states (m, k, 6) of unknowns (m, n) at ascending Unix times (k,)."""
        rows, launch = self.rows(x)
        return np.asarray(boosts.staged_paths(rows, launch, times, _EARTH))

    def start(self, x: Array) -> tuple[float, Array]:
        """Return the Unix time of lift-off of unknowns (n,), and rows ahead, across and up (3, 3) there."""
        rows, launch = self.rows(x[None])
        row = rows[0]
        return float(launch[0]), _headed(east_north_up(row[prm.LAT], row[prm.LON]), float(row[prm.AZIMUTH]))

    @property
    def lift_off(self) -> tuple[int, float]:
        """Return which unknown is the time of lift-off, and its sigma (s)."""
        return 2, float(PLACE_SIGMA[2])


_EARTH = EARTH.as_array()


def _headed(enu: Array, azimuth: float) -> Array:
    north, east = math.cos(azimuth), math.sin(azimuth)
    return np.array([east * enu[0] + north * enu[1], east * enu[1] - north * enu[0], enu[2]])


_LOGARITHMIC = [boosts.THRUST, boosts.MASS_TIME, boosts.TURN_RATE]


@dataclass(frozen=True)
class TurningBoost:
    """The seven-parameter boost with burn time and drag of the coast, about a normal prior.

    `mean` (9,) in the order of `flight.boosts`; `sigma` (9,) in the same units, but relative for thrust
    acceleration, mass time and turn rate, whose logarithms are normal. `burnout_s` fixes the time of burnout in
    place of the burn time: infinite while the motor burns.
    """

    mean: Array
    sigma: Array
    environment: Environment
    burnout_s: float | None = None

    def rows(self, x: Array) -> Array:
        """Return parameters (m, 9) of unknowns (m, 9)."""
        rows = self.mean + x * self.sigma
        rows[:, _LOGARITHMIC] = self.mean[_LOGARITHMIC] * np.exp(x[:, _LOGARITHMIC] * self.sigma[_LOGARITHMIC])
        if self.burnout_s is not None:
            rows[:, boosts.BURN_TIME] = np.maximum(self.burnout_s - rows[:, boosts.LIFT_OFF], 0.0)
        return rows

    def paths(self, x: Array, times: Array) -> Array:
        """Return states (m, k, 6) of unknowns (m, 9) at ascending times (k,)."""
        return np.asarray(boosts.turning_paths(self.rows(x), times, self.environment.as_array()))

    def start(self, x: Array) -> tuple[float, Array]:
        """Return the time of lift-off of unknowns (n,), and rows ahead, across and up (3, 3) on the map."""
        row = self.rows(x[None])[0]
        return float(row[boosts.LIFT_OFF]), _headed(np.eye(3), float(row[boosts.HEADING]))

    @property
    def lift_off(self) -> tuple[int, float]:
        """Return which unknown is the time of lift-off, and its sigma (s)."""
        return boosts.LIFT_OFF, float(self.sigma[boosts.LIFT_OFF])


@dataclass(frozen=True)
class Wander:
    """An acceleration that no family follows: a broken line with corners `width_s` apart from lift-off on.

    Each corner is independent with `sigma_m_s2` in each of three directions.
    """

    sigma_m_s2: float
    width_s: float

    def count(self, duration_s: float) -> int:
        """Return how many unknowns act within a time after lift-off."""
        return 3 * max(math.ceil(duration_s / self.width_s), 1)


@kernel
def _wander(since: Array, axes: Array, sigma: float, width: float, count: int) -> Array:
    """Return derivatives (k, 6, count) of states by the corners, `since` lift-off (k,)."""
    out = np.zeros((since.size, 6, count))
    for i in range(since.size):
        t = since[i]
        if t <= 0.0:
            continue
        for corner in range(count // 3):
            middle = corner * width
            before, at, after = max(t - middle + width, 0.0), max(t - middle, 0.0), max(t - middle - width, 0.0)
            speed = (0.5 * before**2 - at**2 + 0.5 * after**2) / width
            far = (before**3 / 6.0 - at**3 / 3.0 + after**3 / 6.0) / width
            if corner == 0:
                speed = t - (0.5 * t**2 - 0.5 * after**2) / width
                far = 0.5 * t**2 - (t**3 / 6.0 - after**3 / 6.0) / width
            for axis in range(3):
                for c in range(3):
                    out[i, c, 3 * corner + axis] = sigma * far * axes[axis, c]
                    out[i, 3 + c, 3 * corner + axis] = sigma * speed * axes[axis, c]
    return out


@dataclass(frozen=True)
class Plot:
    """One plot of a track: Unix time, measurement (range, azimuth, elevation, or a line of sight), sensor.

    `noise` (m, m) is its own covariance where it is not the sensor's; of a line of sight, of two small angles.
    """

    time_s: float
    measurement: Array
    sensor: SensorModel
    noise: Array | None = None


@dataclass(frozen=True)
class Plots:
    """Plots as arrays: times (k,), measurements and eyes (k, 3), rows east, north, up and noise (k, 3, 3).

    `common` (k, 3, b) are what the plots are off by together, as multiples of b unknowns of unit variance: the
    biases of their sensors. Of a line of sight the third component is nothing.
    """

    time_s: Array
    measurement: Array
    eye: Array
    enu: Array
    noise: Array
    infrared: NDArray[np.bool_]
    common: Array | None = None

    @property
    def values(self) -> int:
        """Return how many numbers the plots measured."""
        return int(self._known.sum())

    @property
    def _known(self) -> NDArray[np.bool_]:
        known = np.isfinite(self.measurement)
        known[self.infrared, 2] = False
        return known

    @cached_property
    def whitening(self) -> Array:
        """Return inverse roots (k, 3, 3) of the plots' noise, zero for what a plot did not measure."""
        both = self._known[:, :, None] & self._known[:, None, :]
        root = np.linalg.cholesky(np.where(both, self.noise, np.eye(3)))
        return np.where(both, np.linalg.inv(root), 0.0)

    @cached_property
    def _shared(self) -> tuple[Array, Array]:
        """Return directions (3 k, b) of the whitened common errors, and the shares (b,) that they blur."""
        assert self.common is not None
        whitened = (self.whitening @ self.common).reshape(3 * len(self.common), -1)
        along, size, _ = np.linalg.svd(whitened, full_matrices=False)
        return along, 1.0 - 1.0 / np.sqrt(1.0 + size**2)

    def apart(self, whitened: Array) -> Array:
        """Return residuals (3 k,) or slopes (3 k, n) in sigmas of noise with the common errors left out.

        By (1 + U U')^(-1/2): the minimum, and the information, are those of a fit that solves for the biases.
        """
        if self.common is None:
            return whitened
        along, share = self._shared
        return np.asarray(whitened - (along * share) @ (along.T @ whitened))

    def until(self, time_s: float) -> "Plots":
        """Return the plots up to a time."""
        n = int(np.searchsorted(self.time_s, time_s, side="right"))
        common = None if self.common is None else self.common[:n]
        return Plots(
            self.time_s[:n], self.measurement[:n], self.eye[:n], self.enu[:n], self.noise[:n], self.infrared[:n],
            common,
        )  # fmt: skip


def pack(plots: Sequence[Plot], each_for_itself: bool = False) -> Plots:
    """Return plots as arrays, oldest first; `each_for_itself` with the sensors' biases as noise of every plot."""
    plots = sorted(plots, key=lambda plot: plot.time_s)
    noise, common = np.array([_noise(plot) for plot in plots]), _common(plots)
    if each_for_itself and common is not None:
        noise, common = noise + common @ common.transpose(0, 2, 1), None
    return Plots(
        time_s=np.array([plot.time_s for plot in plots]),
        measurement=np.array([plot.measurement[:3] for plot in plots]),
        eye=np.array([plot.sensor.position_at(plot.time_s) for plot in plots]),
        enu=np.array([plot.sensor.enu for plot in plots]),
        noise=noise,
        infrared=np.array([plot.sensor.infrared for plot in plots]),
        common=common,
    )


def _noise(plot: Plot) -> Array:
    """Return a plot's covariance (3, 3), its own or its sensor's."""
    out, size = np.eye(3), 2 if plot.sensor.infrared else 3
    own = np.diag(plot.sensor.noise) if plot.noise is None else plot.noise
    out[:size, :size] = own[:size, :size]
    return out


def _common(plots: Sequence[Plot]) -> Array | None:
    """Return how plots (k, 3, b) are off by one sigma of each biased sensor's components; None without bias."""
    biased = sorted({plot.sensor.id for plot in plots if plot.sensor.bias.any()})
    if not biased:
        return None
    out = np.zeros((len(plots), 3, 3 * len(biased)))
    for i, plot in enumerate(plots):
        if plot.sensor.id in biased:
            at = 3 * biased.index(plot.sensor.id)
            by = np.eye(3)
            if plot.sensor.infrared:
                by[:2] = np.cross(plot.measurement, bearing_plane(plot.measurement))
                by[2] = 0.0
            out[i, :, at : at + 3] = by * np.sqrt(plot.sensor.bias)
    return out


@kernel
def _misfits(
    states: Array, measurement: Array, eye: Array, enu: Array, whitening: Array, infrared: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return residuals over their sigmas (k, 3), and their derivatives (k, 3, 3) by position.

    Predicted less measured, by the noise's inverse root; of a line of sight two small angles and a zero.
    """
    k = states.shape[0]
    out, slope = np.zeros((k, 3)), np.zeros((k, 3, 3))
    off, by = np.zeros(3), np.zeros((3, 6))
    for i in range(k):
        if infrared[i]:
            line = states[i, :3] - eye[i]
            distance = math.sqrt(line @ line)
            plane = bearing_plane(measurement[i])
            ahead = max((measurement[i] @ line) / distance, 1e-3)
            off[2] = 0.0
            for c in range(2):
                off[c] = (plane[c] @ line) / (distance * ahead)
                for j in range(3):
                    by[c, j] = (plane[c, j] - off[c] * measurement[i, j]) / (distance * ahead)
        else:
            seen, derived = look(states[i], eye[i], enu[i]), look_derivative(states[i], eye[i], enu[i])
            for c in range(3):
                off[c] = seen[c] - measurement[i, c]
                if not math.isfinite(off[c]):
                    off[c] = 0.0
                for j in range(3):
                    by[c, j] = derived[c, j]
            off[1] = (off[1] + math.pi) % (2.0 * math.pi) - math.pi
        for c in range(3):
            for r in range(c + 1):
                out[i, c] += whitening[i, c, r] * off[r]
                for j in range(3):
                    slope[i, c, j] += whitening[i, c, r] * by[r, j]
    return out, slope


@kernel
def _chain(slope: Array, by_unknown: Array) -> Array:
    k, n = by_unknown.shape[0], by_unknown.shape[2]
    out = np.zeros((3 * k, n))
    for i in range(k):
        for c in range(3):
            for j in range(3):
                at = slope[i, c, j]
                if at != 0.0:
                    for u in range(n):
                        out[3 * i + c, u] += at * by_unknown[i, j, u]
    return out


_NUDGE = 1e-3  # sigmas of the prior: rounding and curvature both cost a millionth of a derivative


@dataclass(frozen=True)
class PlotFit:
    """The misfit of one family to plots, its first `size` unknowns the family's and the rest the wander's.

    `held` (column, value, sigma) holds one unknown near a value by one residual more.
    """

    family: Family
    plots: Plots
    size: int
    wander: Wander | None = None
    held: tuple[int, float, float] | None = None

    def states(self, x: Array, times: Array, exact: bool = True) -> tuple[Array, Array]:
        """Return states (k, 6) of unknowns (n,) at ascending times (k,), and their derivatives (k, 6, n).

        By central differences; by forward ones, a thousandth of the curvature off, where not `exact`.
        """
        own = x[: self.size]
        nudges = _NUDGE * np.eye(self.size)
        nudged = [own[None], own + nudges, own - nudges] if exact else [own[None], own + nudges]
        found = self.family.paths(np.concatenate(nudged), times)
        behind = found[self.size + 1 :] if exact else found[:1]
        by = np.moveaxis(found[1 : self.size + 1] - behind, 0, -1) / (2 * _NUDGE if exact else _NUDGE)
        if self.wander is None:
            return found[0], by
        strays = self._strays(x, times)
        strayed = strays @ x[self.size :]
        column, sigma = self.family.lift_off
        by[:, :3, column] -= sigma * strayed[:, 3:]
        return found[0] + strayed, np.concatenate([by, strays], axis=-1)

    def _strays(self, x: Array, times: Array) -> Array:
        assert self.wander is not None
        launch_s, axes = self.family.start(x[: self.size])
        return np.asarray(
            _wander(times - launch_s, axes, self.wander.sigma_m_s2, self.wander.width_s, len(x) - self.size)
        )

    def residuals(self, x: Array) -> Array:
        """Return the residuals (3 k,) of unknowns (n,) in sigmas of the plots' noise."""
        states = self.family.paths(x[None, : self.size], self.plots.time_s)[0]
        if self.wander is not None:
            states = states + self._strays(x, self.plots.time_s) @ x[self.size :]
        residual = self.plots.apart(self._misfits(states)[0].ravel())
        return residual if self.held is None else np.append(residual, self._off_hold(x))

    def _off_hold(self, x: Array) -> float:
        assert self.held is not None
        column, value, sigma = self.held
        return float((x[column] - value) / sigma)

    def slopes(self, x: Array, exact: bool = True) -> tuple[Array, Array]:
        """Return the residuals (3 k,) and their derivatives (3 k, n)."""
        states, by = self.states(x, self.plots.time_s, exact)
        misfit, by_place = self._misfits(states)
        residual = self.plots.apart(misfit.ravel())
        slope = np.ascontiguousarray(self.plots.apart(_chain(by_place, np.ascontiguousarray(by))))
        if self.held is None:
            return residual, slope
        row = np.zeros((1, len(x)))
        row[0, self.held[0]] = 1.0 / self.held[2]
        return np.append(residual, self._off_hold(x)), np.concatenate([slope, row])

    def _misfits(self, states: Array) -> tuple[Array, Array]:
        p = self.plots
        return _misfits(states, p.measurement, p.eye, p.enu, p.whitening, p.infrared)

    def minimize(self, start: Array, *, most: int = 60, enough: float = fitting.ENOUGH) -> fitting.Fit:
        """Return the most probable unknowns from a start (n,)."""
        slopes = partial(self.slopes, exact=False)
        return fitting.minimize(self.residuals, slopes, start, most=most, enough=enough)
