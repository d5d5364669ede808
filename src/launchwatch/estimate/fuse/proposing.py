"""First draws from near where a posterior lies, with the weights that make them draws from the prior.

A pilot of prior draws tells, class by class, how often flights go how far and how high, and how well they fit
what is said of flight time, speed and class. Most draws then **aim**: range and apogee are drawn from that and
from what is said of the two, everything else from the prior, and the propellant fraction and thrust elevation that
lead there are found by Newton's method over the emulator; the derivative gives the density of what came of it. The
others are drawn by cells of class, fraction and elevation that fit, a share of them as the prior is, so that no
weight can exceed what that bounds; of each it is known whether aiming could have found it. All weights are those
of the mixture (deterministic mixture and defensive sampling: Owen & Zhou, J. Am. Stat. Assoc. 95, 2000).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.bayes.sampling import systematic_resample
from launchwatch.estimate.fuse import emulator
from launchwatch.estimate.fuse.prior import AZIMUTH, EAST, ELEVATION, FRACTION, NORTH, PRIORS, SIZE, to_rows
from launchwatch.estimate.fuse.tables import Directions, Tables

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_SIDE = 16  # cells of propellant fraction, and of elevation: each as likely as the others before evidence
_CELLS = _SIDE * _SIDE
_BY_CELLS = 0.3  # of all draws
_AS_PRIOR = 0.3  # of those by cells
_SOFTER = 0.7  # power of the pilot's likelihood: few draws a cell would else tell too sure a story
_AIMED_SOFTER = 0.6  # of what is said of range and apogee: the weights of draws at its edge stay small
_COARSE, _FINE = 40, 16
_NODES = _COARSE * _FINE
_RANGE = (math.log(8e3), math.log(2.2e7))
_HEIGHT = (math.log(3e3), math.log(1.3e7))
_STEPS = 3
_NEAR = 3e-3  # of the logarithms: a quarter of a fine cell
_NUDGE = 1e-3
_FARTHEST = 5.0  # sigmas of a latent
_SHARES = np.array([prior.share for prior in PRIORS.values()]) / sum(prior.share for prior in PRIORS.values())
_HOPELESS = -1e10
_TINY = 1e-290


@dataclass(frozen=True)
class Draws:
    """Draws (n, d) with classes (n,) and the log weights (n,) that make them draws from the prior."""

    x: Array
    group: Labels
    log_weight: Array


@dataclass(frozen=True)
class Proposal:
    """What a pilot tells.

    `chance` (classes x cells,) is that of a cell of class, fraction and elevation, `log_range` the logarithm of
    the range there (m). `often` (classes, coarse, coarse) is how many flights go so far and high, weighed by what
    is said beside, `start` (2, classes, coarse, coarse) the latents that lead there, `said` (coarse x coarse, fine
    x fine) what is said of range and apogee, cell by cell.
    """

    tables: Tables
    center_rad: tuple[float, float]
    chance: Array
    log_range: Array
    often: Array
    start: Array
    said: Array

    @classmethod
    def of(cls, tables: Tables, center_rad: tuple[float, float], n: int, rng: np.random.Generator) -> "Proposal":
        """Return the proposal that n prior draws suggest."""
        group = np.repeat(np.arange(len(PRIORS)), -(-n // len(PRIORS)))
        x = rng.normal(size=(len(group), SIZE))
        x[:, [NORTH, EAST]], x[:, AZIMUTH] = 0.0, rng.uniform(0, 2 * np.pi, len(group))
        told = emulator.emulate(rows := to_rows(x, group, center_rad), group)
        log_range, log_height = told[:, emulator.LOG_RANGE], told[:, emulator.LOG_APOGEE]
        shape = tables.of_shape.log_likelihood(rows, group)[0]
        chance, mean = _by_cells(x, group, shape, log_range)
        aside = shape - tables.of_height_and_range(log_range, log_height)
        often, start = _by_height_and_range(x, group, aside, log_range, log_height)
        return cls(tables, center_rad, chance, mean, often, start, _said(tables))

    def draw(self, place: Array, directions: Directions, rng: np.random.Generator) -> Draws:
        """Return draws from places (n, 2), m north and east of the middle, toward directions."""
        n = len(place)
        by_cells = int(_BY_CELLS * n)
        x = rng.normal(size=(n, SIZE))
        x[:, [NORTH, EAST]] = place
        cell = systematic_resample(self.chance, by_cells, rng)
        aimed, goal = self._aims(n - by_cells, rng)
        group = np.concatenate([cell // _CELLS, aimed // _COARSE**2])
        within = cell % _CELLS
        x[:by_cells, FRACTION] = ndtri(_open(within // _SIDE, rng))
        x[:by_cells, ELEVATION] = ndtri(_open(within % _SIDE, rng))
        x[:, AZIMUTH] = directions.draw(np.concatenate([self.log_range[cell], goal[:, 0]]), rng)
        reached = np.ones(n, dtype=bool)
        found, reached[by_cells:] = self._solved(x[by_cells:], group[by_cells:], goal)
        x[by_cells:] = found
        told, slope = self._told_and_slope(x, group)
        again, back = self._solved(x[:by_cells].copy(), group[:by_cells], told[:by_cells])
        near = np.abs(again - x[:by_cells])[:, [FRACTION, ELEVATION]].max(axis=1) < 0.05
        findable = np.concatenate([back & near, reached[by_cells:]])
        density = self._density(x, group, told, slope, findable, directions, by_cells / n)
        with np.errstate(divide="ignore"):
            log_weight = np.where(reached, np.log(_SHARES[group] / density), _HOPELESS)
        dealt = rng.permutation(n)
        return Draws(x[dealt], group[dealt], log_weight[dealt])

    def _aims(self, n: int, rng: np.random.Generator) -> tuple[Labels, Array]:
        """Return coarse cells of all classes (n,), and logarithms of range and apogee (n, 2) within."""
        likely = np.maximum((self.often.reshape(len(PRIORS), -1) * self.said.sum(axis=1)).ravel(), _TINY)
        aimed = systematic_resample(likely / likely.sum(), n, rng)
        coarse = aimed % _COARSE**2
        reach = np.concatenate([[0.0], np.cumsum(self.said.ravel())])
        first = coarse * _FINE**2
        u = reach[first] + rng.random(n) * (reach[first + _FINE**2] - reach[first])
        at = np.clip(np.searchsorted(reach, u, side="right") - 1 - first, 0, _FINE**2 - 1)
        row = (coarse // _COARSE) * _FINE + at // _FINE + rng.random(n)
        column = (coarse % _COARSE) * _FINE + at % _FINE + rng.random(n)
        goal = np.column_stack([_along(_RANGE, row), _along(_HEIGHT, column)])
        return aimed, goal

    def _solved(self, x: Array, group: Labels, goal: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return draws (n, d) with fraction and elevation that lead to range and apogee (n, 2), and which do."""
        i, j = (np.clip(k, 0, _COARSE - 1) for k in _coarse(goal))
        x[:, [FRACTION, ELEVATION]] = self.start[:, group, i, j].T
        for _ in range(_STEPS):
            told, slope = self._told_and_slope(x, group)
            off = goal - told
            det = _determinant(slope)
            det = np.where(np.abs(det) < 1e-6, 1e-6, det)
            step = np.column_stack(
                [
                    (off[:, 0] * slope[:, 1, 1] - off[:, 1] * slope[:, 0, 1]) / det,
                    (off[:, 1] * slope[:, 0, 0] - off[:, 0] * slope[:, 1, 0]) / det,
                ]
            )
            x[:, [FRACTION, ELEVATION]] += np.clip(step, -1.0, 1.0)
            x[:, [FRACTION, ELEVATION]] = np.clip(x[:, [FRACTION, ELEVATION]], -_FARTHEST, _FARTHEST)
        told = self._told(x, group)
        hits = np.abs(goal - told).max(axis=1) < _NEAR
        return x, hits & (np.abs(x[:, [FRACTION, ELEVATION]]).max(axis=1) < _FARTHEST)

    def _told(self, x: Array, group: Labels) -> Array:
        told = emulator.emulate(to_rows(x, group, self.center_rad), group)
        return told[:, [emulator.LOG_RANGE, emulator.LOG_APOGEE]]

    def _told_and_slope(self, x: Array, group: Labels) -> tuple[Array, Array]:
        """Return logarithms of range and apogee (n, 2), and derivatives (n, 2, 2) by fraction and elevation."""
        told = self._told(x, group)
        slope = np.empty((len(x), 2, 2))
        for k, at in enumerate((FRACTION, ELEVATION)):
            nudged = x.copy()
            nudged[:, at] += _NUDGE
            slope[:, :, k] = (self._told(nudged, group) - told) / _NUDGE
        return told, slope

    def _density(
        self, x: Array, group: Labels, told: Array, slope: Array, findable: NDArray[np.bool_],
        directions: Directions, by_cells: float,
    ) -> Array:  # fmt: skip
        """Return the densities (n,) of draws over the prior's, a class's share aside."""
        cell = _cell(x, group)
        plain = self.chance[cell] * _CELLS * directions.density(self.log_range[cell], x[:, AZIMUTH])
        i, j = _coarse(told)
        inside = (i >= 0) & (i < _COARSE) & (j >= 0) & (j < _COARSE)
        i, j = np.clip(i, 0, _COARSE - 1), np.clip(j, 0, _COARSE - 1)
        row = np.clip(((told[:, 0] - _RANGE[0]) / _step(_RANGE)).astype(int) - i * _FINE, 0, _FINE - 1)
        column = np.clip(((told[:, 1] - _HEIGHT[0]) / _step(_HEIGHT)).astype(int) - j * _FINE, 0, _FINE - 1)
        whole = max(float((self.often.reshape(len(PRIORS), -1) * self.said.sum(axis=1)).sum()), _TINY)
        aimed = self.often[group, i, j] * self.said[i * _COARSE + j, row * _FINE + column] / whole
        aimed /= _step(_RANGE) * _step(_HEIGHT)
        spread = np.exp(-0.5 * (x[:, FRACTION] ** 2 + x[:, ELEVATION] ** 2)) / (2 * math.pi)
        aimed *= np.abs(_determinant(slope)) / spread * directions.density(told[:, 0], x[:, AZIMUTH])
        return np.asarray(by_cells * plain + (1 - by_cells) * np.where(inside & findable, aimed, 0.0))


def _step(ends: tuple[float, float]) -> float:
    return (ends[1] - ends[0]) / _NODES


def _along(ends: tuple[float, float], node: Array) -> Array:
    return ends[0] + node * _step(ends)


def _coarse(told: Array) -> tuple[Labels, Labels]:
    i = np.floor((told[:, 0] - _RANGE[0]) / (_step(_RANGE) * _FINE)).astype(np.int64)
    j = np.floor((told[:, 1] - _HEIGHT[0]) / (_step(_HEIGHT) * _FINE)).astype(np.int64)
    return i, j


def _determinant(slope: Array) -> Array:
    return np.asarray(slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0])


def _said(tables: Tables) -> Array:
    """Return what is said of range and apogee (coarse x coarse, fine x fine), softened."""
    middles = np.asarray(np.arange(_NODES) + 0.5, dtype=np.float64)
    log_range, log_height = _along(_RANGE, middles), _along(_HEIGHT, middles)
    told = tables.of_height_and_range(log_range[:, None], log_height[None, :])
    told = np.exp(_AIMED_SOFTER * (told - told.max())).reshape(_COARSE, _FINE, _COARSE, _FINE)
    return np.ascontiguousarray(told.transpose(0, 2, 1, 3)).reshape(_COARSE**2, _FINE**2)


def _by_height_and_range(
    x: Array, group: Labels, aside: Array, log_range: Array, log_height: Array
) -> tuple[Array, Array]:
    """Return how often flights go how far and high, weighed by what is said beside, and what leads there."""
    i, j = _coarse(np.column_stack([log_range, log_height]))
    inside = (i >= 0) & (i < _COARSE) & (j >= 0) & (j < _COARSE)
    at = ((group * _COARSE + i) * _COARSE + j)[inside]
    size = len(PRIORS) * _COARSE**2
    weight = np.exp(_SOFTER * (aside - aside[inside].max()))[inside] * _SHARES[group[inside]]

    def gathered(values: Array) -> Array:
        held = np.asarray(np.bincount(at, values, size), dtype=np.float64)
        return _smooth(held.reshape(-1, _COARSE, _COARSE))

    count = gathered(np.ones(len(at)))
    start = np.stack([gathered(x[inside, k]) / np.maximum(count, 1e-9) for k in (FRACTION, ELEVATION)])
    return gathered(weight), start


def _by_cells(x: Array, group: Labels, shape: Array, log_range: Array) -> tuple[Array, Array]:
    cell = _cell(x, group)
    weight = np.exp(_SOFTER * (shape - shape.max()))
    size = len(PRIORS) * _CELLS
    told = np.bincount(cell, weight, size) / np.maximum(np.bincount(cell, minlength=size), 1)
    told = _smooth(told.reshape(-1, _SIDE, _SIDE)).ravel() * np.repeat(_SHARES, _CELLS)
    prior = np.repeat(_SHARES / _CELLS, _CELLS)
    weight = weight + 1e-6
    mean = np.bincount(cell, weight * log_range, size) / np.maximum(np.bincount(cell, weight, size), 1e-12)
    return (1 - _AS_PRIOR) * told / told.sum() + _AS_PRIOR * prior, mean


def _open(index: Labels, rng: np.random.Generator) -> Array:
    """Return draws (n,) within cells of the unit interval, its ends left out."""
    return np.clip((index + rng.random(len(index))) / _SIDE, 1e-12, 1 - 1e-12)


def _cell(x: Array, group: Labels) -> Labels:
    row, column = (
        np.minimum((ndtr(x[:, at]) * _SIDE).astype(np.int64), _SIDE - 1) for at in (FRACTION, ELEVATION)
    )
    return np.asarray(group * _CELLS + row * _SIDE + column)


def _smooth(cells: Array) -> Array:
    """Return cells (k, side, side) averaged with their neighbours, themselves counting most."""
    for axis in (1, 2):
        padded = np.concatenate([cells.take([0], axis), cells, cells.take([-1], axis)], axis)
        ends = padded.shape[axis]
        near = (padded.take(np.arange(k, ends - 2 + k), axis) for k in range(3))
        cells = np.sum([share * part for share, part in zip((0.25, 0.5, 0.25), near, strict=True)], axis=0)
    return cells
