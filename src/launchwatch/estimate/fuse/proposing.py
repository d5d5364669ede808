"""First draws from near where a posterior lies, with the weights that make them draws from the prior.

A pilot of prior draws tells how likely the words on range, apogee, time, speed and class are by class, propellant
fraction and thrust elevation, which decide range and apogee most; the draws are stratified accordingly in even
cells of these three. Azimuths follow what is said of azimuth and impact for the ranges of a cell. A share of both
comes from the prior as it is, so that no weight exceeds the inverse of it (defensive mixture: Hesterberg,
Technometrics 37, 1995).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from launchwatch.bayes.sampling import systematic_resample
from launchwatch.estimate.fuse.prior import AZIMUTH, EAST, ELEVATION, FRACTION, NORTH, PRIORS, SIZE, to_rows
from launchwatch.estimate.fuse.tables import Tables

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_SIDE = 16  # cells of propellant fraction, and of elevation: each as likely as the others before evidence
_CELLS = _SIDE * _SIDE
_AS_PRIOR = 0.15
_SOFTER = 0.7  # power of the pilot's likelihood: few draws a cell would else tell too sure a story
_SHARES = np.array([prior.share for prior in PRIORS.values()])


@dataclass(frozen=True)
class Proposal:
    """Chances of the cells (classes x cells,), and the logarithm of the range in each, m."""

    chance: Array
    log_range: Array

    @classmethod
    def of(cls, tables: Tables, center_rad: tuple[float, float], n: int, rng: np.random.Generator) -> "Proposal":
        """Return the proposal that n prior draws suggest."""
        group = np.repeat(np.arange(len(PRIORS)), -(-n // len(PRIORS)))
        x = rng.normal(size=(len(group), SIZE))
        x[:, [NORTH, EAST]], x[:, AZIMUTH] = 0.0, rng.uniform(0, 2 * np.pi, len(group))
        log_likelihood, range_m = tables.of_shape.log_likelihood(to_rows(x, group, center_rad), group)
        cell = _cell(x, group)
        weight = np.exp(_SOFTER * (log_likelihood - log_likelihood.max()))
        size = len(PRIORS) * _CELLS
        told = np.bincount(cell, weight, size) / np.maximum(np.bincount(cell, minlength=size), 1)
        told = _smooth(told.reshape(-1, _SIDE, _SIDE)).ravel() * np.repeat(_SHARES, _CELLS)
        prior = np.repeat(_SHARES / _SHARES.sum() / _CELLS, _CELLS)
        chance = (1 - _AS_PRIOR) * told / told.sum() + _AS_PRIOR * prior
        weight = weight + 1e-6
        log_range = np.bincount(cell, weight * np.log(range_m), size) / np.maximum(
            np.bincount(cell, weight, size), 1e-12
        )
        return cls(chance, log_range)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Array, Labels, Array, Array]:
        """Return n draws (n, d) at the origin, classes (n,), log weights (n,), and about how far each flies, m."""
        cell = rng.permutation(systematic_resample(self.chance, n, rng))
        group, within = cell // _CELLS, cell % _CELLS
        x = rng.normal(size=(n, SIZE))
        x[:, [NORTH, EAST, AZIMUTH]] = 0.0
        x[:, FRACTION] = ndtri(_open(within // _SIDE, rng))
        x[:, ELEVATION] = ndtri(_open(within % _SIDE, rng))
        prior = _SHARES[group] / _SHARES.sum() / _CELLS
        return x, group, np.log(prior / self.chance[cell]), np.exp(self.log_range[cell])


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
