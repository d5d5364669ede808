"""What tracks were after each look: one record of all of them, and a track's own view of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.estimate.track.bank import (
    OUT_COVARIANCE,
    OUT_LIFT,
    OUT_MEAN,
    OUT_PROBABILITY,
    OUT_THRUST,
    OUT_TIME,
)
from launchwatch.estimate.track.motion import SIZE
from launchwatch.estimate.track.sensors import Look, SensorModel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

CLAIMED = 0.5
"""A plot that belongs to tracks with at least this probability starts no track of its own."""


class Support(NamedTuple):
    """What one sensor gave to a track: plots, looks since the first of them, times of the first and the last few.

    `repeated` counts plots that measured exactly what the one before (`measurement`, its bytes) did.
    """

    sensor: SensorModel
    plots: int
    looks: int
    first_s: float
    times: tuple[float, ...]
    measurement: bytes = b""
    repeated: int = 0


Supports = dict[str, Support]
"""A track's supports by sensor; never changed, so that records of the past and copies may share it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What all tracks were after one look, as arrays over the tracks that lived then; see `History`.

    `rows`, `places`, `mode_mean` and `mode_covariance` are those of `copy_out`: modes that are idle take no room.
    """

    look: Look
    rows: Array
    places: Indices
    mode_mean: Array
    mode_covariance: Array
    existence: Array
    plots: Indices
    best: Indices
    best_share: Array
    supports: tuple[Supports, ...]


class History:
    """What one track was after one look: moments (10,), (10, 10), every mode, and the plots' share in it.

    State: one record of all tracks and this track's row in it; it never changes.
    """

    __slots__ = ("record", "row")

    def __init__(self, record: Record, row: int) -> None:
        self.record, self.row = record, row

    @property
    def time_s(self) -> float:
        """Return the Unix time of the state."""
        return float(self.record.rows[self.row, OUT_TIME])

    @property
    def mean(self) -> Array:
        """Return the mean (10,) over all modes."""
        return self.record.rows[self.row, OUT_MEAN:OUT_COVARIANCE]

    @property
    def covariance(self) -> Array:
        """Return the covariance (10, 10) over all modes."""
        return self.record.rows[self.row, OUT_COVARIANCE:OUT_PROBABILITY].reshape(SIZE, SIZE)

    @property
    def mode_mean(self) -> Array:
        """Return each mode's mean (5, 10); zeros where the mode is idle."""
        return _spread_out(self.record.places[self.row], self.record.mode_mean)

    @property
    def mode_covariance(self) -> Array:
        """Return each mode's covariance (5, 10, 10); zeros where the mode is idle."""
        return _spread_out(self.record.places[self.row], self.record.mode_covariance)

    @property
    def probability(self) -> Array:
        """Return the modes' probabilities (5,)."""
        return self.record.rows[self.row, OUT_PROBABILITY:OUT_THRUST]

    @property
    def existence(self) -> float:
        """Return the probability that the track is of a real object."""
        return float(self.record.existence[self.row])

    @property
    def plots(self) -> int:
        """Return how many plots the track had taken."""
        return int(self.record.plots[self.row])

    @property
    def supports(self) -> Supports:
        """Return what each sensor had given to the track."""
        return self.record.supports[self.row]

    @property
    def best_probability(self) -> float:
        """Return the greatest probability of one of the look's plots to be the track's."""
        return float(self.record.best_share[self.row])

    @property
    def measured(self) -> bool:
        """Return whether one plot of the look is likely the track's."""
        return bool(self.record.best_share[self.row] >= CLAIMED)

    @property
    def best_plot(self) -> str | None:
        """Return the id of the plot that is likely the track's."""
        return self.record.look.ids[self.record.best[self.row]] if self.measured else None

    @property
    def measurement(self) -> Array | None:
        """Return the plot that is likely the track's."""
        return self.record.look.measurements[self.record.best[self.row]] if self.measured else None

    @property
    def sensor(self) -> SensorModel:
        """Return the sensor that looked."""
        return self.record.look.sensor

    def alone(self) -> "History":
        """Return the same in a record of its own, which keeps no other track's states nor others' plots."""
        record, row = self.record, self.row
        if len(record.rows) == 1 and len(record.look.ids) <= 1:
            return self
        places, carried = record.places[row : row + 1].copy(), record.places[row] >= 0
        kept = places[0, carried]
        places[0, carried] = np.arange(len(kept))
        best = int(record.best[row])
        return History(
            Record(
                look=record.look.only(best),
                rows=record.rows[row : row + 1].copy(),
                places=places,
                mode_mean=record.mode_mean[kept],
                mode_covariance=record.mode_covariance[kept],
                existence=record.existence[row : row + 1].copy(),
                plots=record.plots[row : row + 1].copy(),
                best=np.array([min(best, 0)]),
                best_share=record.best_share[row : row + 1].copy(),
                supports=record.supports[row : row + 1],
            ),
            0,
        )


def _spread_out(places: Indices, kept: Array) -> Array:
    """Return all modes' arrays from those of the modes that are carried, zeros for the others."""
    out = np.zeros((len(places), *kept.shape[1:]))
    carried = places >= 0
    out[carried] = kept[places[carried]]
    return out


def stacked(history: Sequence[History]) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Return updates as `verdict.stacked` does, at a tenth of its price."""
    rows = np.array([h.record.rows[h.row] for h in history])
    return (
        rows[:, OUT_TIME].copy(),
        rows[:, OUT_MEAN:OUT_COVARIANCE].copy(),
        rows[:, OUT_COVARIANCE:OUT_PROBABILITY].reshape(-1, SIZE, SIZE),
        rows[:, OUT_PROBABILITY:OUT_THRUST].copy(),
        rows[:, OUT_THRUST].copy(),
        rows[:, OUT_LIFT].copy(),
    )
