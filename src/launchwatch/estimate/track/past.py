"""What is kept of a track's settled past where its updates are not: all that is asked of it while it goes on.

At ten looks a second a track's updates are 140 MB an hour. What is told of it needs of those before the last
half minute: the first; the verdict's memory; when it burned, and the plots of its boost, to which the launch is
fitted; and of all its plots their number, their sensors, and the id that is made of theirs. Each of these can be
carried on update by update, so that nothing that is told changes by a digit.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.ids import IdSoFar
from launchwatch.estimate.track import verdict
from launchwatch.estimate.track.boosts import Plot
from launchwatch.estimate.track.history import History, stacked
from launchwatch.estimate.track.measuring import SURVEILLANCE
from launchwatch.estimate.track.motion import BOOST

Array = NDArray[np.float64]

LikelyPlot = tuple[float, str, str]
"""Unix time (s), id and sensor of a plot that is likely a track's own."""

BoostPlot = tuple[str, Plot]
"""A plot of a boost with its id."""

AFTER_BURNOUT_S = 10.0
"""Plots for so long after burnout belong to the boost: they tell when and how fast it ended."""

BURNS_WITHIN_S = 300.0
"""An object that is a missile burns within this time of its track's beginning: motors burn no longer."""

BURNS = 0.5
"""Probability of the boost mode from which an object is taken to burn."""

PAUSE_S = 60.0
"""A motor that was off for so long has burnt out: from then on the launch of a track that goes on stands."""

MOST_BOOST_PLOTS = 3000
"""Plots, the first, that the launch of a track that goes on is fitted to: ten a second for `BURNS_WITHIN_S`."""


class Burn(NamedTuple):
    """When an object burned: Unix times of the first and last update, and the last before a pause of `PAUSE_S`."""

    first_s: float = math.inf
    last_s: float = -math.inf
    paused_s: float | None = None

    def on(self, updates: Iterable[History]) -> "Burn":
        """Return the same after more updates."""
        first_s, last_s, paused_s = self
        for time_s in [h.time_s for h in updates if h.probability[BOOST] > BURNS]:
            if paused_s is None and math.isfinite(last_s) and time_s - last_s > PAUSE_S:
                paused_s = last_s
            first_s, last_s = min(first_s, time_s), time_s
        return Burn(first_s, last_s, paused_s)

    def until_s(self, begun_s: float, *, through_pauses: bool = False) -> float:
        """Return when an object last burned before a long pause; -inf if not in the first minutes of its track."""
        if self.first_s > begun_s + BURNS_WITHIN_S:
            return -math.inf
        return self.last_s if through_pauses or self.paused_s is None else self.paused_s

    def is_over(self, begun_s: float, now_s: float) -> bool:
        """Return whether no later burning can belong to the boost."""
        until_s = self.until_s(begun_s)
        return now_s > (begun_s + BURNS_WITHIN_S if until_s == -math.inf else until_s + PAUSE_S)


class Taken(NamedTuple):
    """Plots that are likely a track's: their number, their sensors, and what the track's id is made of."""

    ids: IdSoFar = IdSoFar()
    plots: int = 0
    sensors: frozenset[str] = frozenset()

    def joined(self, plots: Sequence[LikelyPlot]) -> "Taken":
        """Return the same with more plots, given in order of time, none before those already in it."""
        return Taken(
            self.ids.joined([id_ for _, id_, _ in plots]),
            self.plots + len(plots),
            self.sensors.union([sensor for _, _, sensor in plots]),
        )


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a track's first `updates` updates; it never changes.

    `memory` is the verdict's after them; `boost` the plots of the boost so far, at most `MOST_BOOST_PLOTS`, the
    first; `waiting` own plots that are not in `taken` yet, since a look that is not folded may begin before them.
    """

    updates: int
    memory: Array
    burn: Burn
    boost: tuple[BoostPlot, ...]
    taken: Taken
    waiting: tuple[LikelyPlot, ...]


_NO_PAST = Past(0, verdict.start(), Burn(), (), Taken(), ())


class Begun(History):
    """A track's first update, with what is kept of those between it and the next in the track's history."""

    __slots__ = ("past",)

    def __init__(self, first: History, past: Past) -> None:
        super().__init__(first.record, first.row)
        self.past = past


def past_of(history: Sequence[History]) -> Past | None:
    """Return what is kept of the updates that were folded; None where none were."""
    return history[0].past if history and isinstance(history[0], Begun) else None


def unfolded(history: Sequence[History]) -> Sequence[History]:
    """Return the updates that are not in the past."""
    return history[1:] if past_of(history) is not None else history


def updates_of(history: Sequence[History]) -> int:
    """Return how many updates a track had, those of the past included."""
    past = past_of(history)
    return len(history) if past is None else past.updates + len(history) - 1


def fold(history: Sequence[History], until: int) -> Begun:
    """Return a track's first update with its past as far as the first `until` of its history, which goes on."""
    first, before = history[0], past_of(history) or _NO_PAST
    updates = unfolded(history[:until])
    memory, burn = before.memory.copy(), before.burn.on(updates)
    verdict.judge_history(updates, stacked, memory)
    likely = [(h.time_s, h.best_plot, h.sensor.id) for h in updates if h.best_plot is not None]
    next_s = history[until].record.look.time_s  # no later update is of before
    ready, waiting = _parted([*before.waiting, *likely], next_s)
    past = Past(
        updates=before.updates + len(updates),
        memory=memory,
        burn=burn,
        boost=_boost((*before.boost, *boost_plots(updates)), burn, first.time_s, next_s),
        taken=before.taken.joined(ready),
        waiting=waiting,
    )
    return Begun(first.alone(), past)


def _parted(plots: list[LikelyPlot], before_s: float) -> tuple[list[LikelyPlot], tuple[LikelyPlot, ...]]:
    """Return those before a time, in order, and the others."""
    plots = sorted(plots)
    return [one for one in plots if one[0] < before_s], tuple([one for one in plots if one[0] >= before_s])


def _boost(plots: tuple[BoostPlot, ...], burn: Burn, begun_s: float, next_s: float) -> tuple[BoostPlot, ...]:
    """Return those plots that are of the boost, or may yet prove to be."""
    plots = plots[:MOST_BOOST_PLOTS]
    if burn.is_over(begun_s, next_s):
        until_s = burn.until_s(begun_s) + AFTER_BURNOUT_S
        plots = tuple([one for one in plots if one[1].time_s <= until_s])
    return plots


def boost_plots(updates: Iterable[History]) -> list[BoostPlot]:
    """Return the own plots of updates but for those of surveillance radars: theirs are aircraft."""
    return [(h.best_plot or "", plot_of(h)) for h in updates if h.measured and h.sensor.kind != SURVEILLANCE]


def plot_of(h: History) -> Plot:
    """Return the plot that is likely the track's, in memory of its own."""
    best, look = h.record.best[h.row], h.record.look
    noise = None if look.noise is None else look.noise[best].copy()
    return Plot(h.time_s, look.measurements[best].copy(), look.sensor, noise)
