"""The tracker: looks in, tracks out; `start() -> TrackerState`, `step(state, look)`.

Each track is an interacting-multiple-model filter (boost, coast, glide, cruise, level) and an existence
probability, which begins low with three plots that bear each other out, confirms the track when it grows and ends
it when it shrinks; plots are shared out jointly. One body's second track is merged into its first, and a track
that lost its object in a violent manoeuvre is joined to the one that finds it again.
"""

import math
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from launchwatch.estimate.track.bank import (
    OUT_COVARIANCE,
    OUT_MEAN,
    OUT_PROBABILITY,
    OUT_TIME,
    Bank,
    Scan,
    bank,
    copy_out,
)
from launchwatch.estimate.track.filtering import apply_scan
from launchwatch.estimate.track.history import CLAIMED, History, Record, Support, Supports
from launchwatch.estimate.track.initiation import LOWEST_M, TRIPLE_SCANS, begin, find_triples
from launchwatch.estimate.track.life import find_twins
from launchwatch.estimate.track.motion import LAW, SIZE, Law
from launchwatch.estimate.track.past import Taken, fold, past_of, unfolded
from launchwatch.estimate.track.sensors import Look, SensorModel, scan_of
from launchwatch.estimate.track.verdict import Running
from launchwatch.facts.warning import MOST_RECENT

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

BORN = 0.1
"""Existence probability of fresh plots that bear each other out: most triples of stray plots are no object."""

CONFIRMED = 0.99
CONFIRMING_PLOTS = 5
DELETED = 0.01
LOST_S = 40.0
"""A track without a plot for longer is closed: by then a coasting error of 10 m/s^2 has become 8 km."""

MOST_TRACKS = 2_000
"""Tracks carried at once; plots beyond begin none until others end."""
_MOST_BEGUN = 200  # tracks begun in one scan
_MOST_LOOSE = 300  # unexplained plots of one sensor that are kept to begin tracks from, the newest first
_TWIN_LOOKS = 3  # looks for which two tracks are one body's before the younger ends
_STITCH_S = 90.0  # a track that begins within this time of another's last plot may be its continuation
_INFRARED_S = 1200.0  # infrared plots that no track explains are kept for so long: a motor burns for minutes
_MOST_INFRARED = 50_000  # infrared plots kept at least, however many come: a satellite's false ones of an hour
_FIRST_PLACES = 256

WHOLE_S, THINNED_S = 1800.0, 10.0
"""A watched track's updates of its first and last half hour are kept whole, which holds every boost and most
flights; of those between, one in ten seconds: an aircraft may be watched for hours."""

FOLDED_AT = 64
"""Settled updates that are folded at once, of a track whose whole flight nobody will ask for: a quarter of a
megabyte; with fewer, calls cost more than the work."""


@dataclass
class TrackState:
    """One track's memory besides its place in the bank: what it is called, its status and its history.

    `place` is its row in the bank while it lives, -1 after; `judgement` what it was last judged to be, kept by who
    asks; `forgotten` the time, id and sensor of each likely plot whose update was thinned out of the history; of
    what is left the first `thinned` need no more of that. Not thread-safe.
    """

    number: int
    place: int
    time_s: float
    last_plot_s: float
    plots: int = 2
    status: str = "tentative"
    history: list[History] = field(default_factory=list)
    twin_looks: int = 0
    judgement: Running | None = None
    forgotten: list[tuple[float, str, str]] = field(default_factory=list)
    thinned: int = 0
    supports: Supports = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Return whether looks still update it."""
        return self.status in ("tentative", "confirmed")

    @property
    def existence(self) -> float:
        """Return the probability that the track is of a real object."""
        return self.history[-1].existence if self.history else BORN

    def likely_plots(self) -> list[tuple[float, str, str]]:
        """Return time (Unix, s), id and sensor of the plots that are likely the track's, oldest first.

        Of a track whose past was folded those that are not yet counted in it.
        """
        past = past_of(self.history)
        kept = [(h.time_s, h.best_plot, h.sensor.id) for h in unfolded(self.history) if h.best_plot is not None]
        return sorted([*self.forgotten, *(past.waiting if past else ()), *kept])

    def taken(self) -> Taken:
        """Return how many plots are likely the track's, of which sensors, and the id that is made of theirs."""
        past = past_of(self.history)
        return (past.taken if past else Taken()).joined(self.likely_plots())


Line = tuple[float, Array, SensorModel, str]
"""An infrared plot that no track explains: Unix time, line of sight (3,), sensor, id."""


class Merger(NamedTuple):
    """A confirmed track that turned out to be of another's object: both numbers, and when (Unix time, s)."""

    number: int
    into: int
    time_s: float


@dataclass
class _Loose:
    """Plots of one sensor that no track explains: times (k,), plots (k, m), noise (k, m, m), oldest first."""

    times: Array
    plots: Array
    noise: Array


@dataclass
class TrackerState:
    """All tracks, the bank that holds the living ones' filters, and per radar the plots that none explains.

    `columns` gives the first bias column of each sensor that may be off, `bias` the prior variances of all bias
    columns, `merged` the confirmed tracks that were merged and not yet told of. Not thread-safe.
    """

    law: Law
    bank: Bank
    tracks: list[TrackState] = field(default_factory=list)
    living: list[TrackState] = field(default_factory=list)
    free: list[int] = field(default_factory=lambda: list(range(_FIRST_PLACES - 1, -1, -1)))
    loose: dict[str, _Loose] = field(default_factory=dict)
    infrared: list[Line] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    bias: Array = field(default_factory=lambda: np.empty(0))
    started: int = 0
    merged: list[Merger] = field(default_factory=list)

    @property
    def confirmed(self) -> list[TrackState]:
        """Return the tracks that were ever confirmed, oldest first."""
        return [track for track in self.tracks if track.status in ("confirmed", "ended")]


def start(law: Law = LAW) -> TrackerState:
    """Return a tracker that has seen nothing, over bodies that move by `law`."""
    return TrackerState(law, bank(_FIRST_PLACES))


def copy_state(state: TrackerState) -> TrackerState:
    """Return a tracker that goes on from here without touching this one; records of the past are shared."""
    copies = {
        id(track): TrackState(
            track.number, track.place, track.time_s, track.last_plot_s, track.plots, track.status,
            track.history.copy(), track.twin_looks, forgotten=track.forgotten.copy(), thinned=track.thinned,
            supports=track.supports,
        )
        for track in state.tracks
    }  # fmt: skip
    return TrackerState(
        law=state.law,
        bank=_resized(state, state.bank.mean.shape[0]),
        tracks=[copies[id(track)] for track in state.tracks],
        living=[copies[id(track)] for track in state.living],
        free=state.free.copy(),
        loose={name: _Loose(loose.times, loose.plots, loose.noise) for name, loose in state.loose.items()},
        infrared=state.infrared.copy(),
        columns=state.columns.copy(),
        bias=state.bias,
        started=state.started,
        merged=state.merged.copy(),
    )


def take_ended(state: TrackerState, time_s: float) -> list[TrackState]:
    """Remove and return the ended tracks that none can continue any more, and forget old infrared plots.

    `time_s` is that of the newest look stepped. What is left steps as if nothing had been removed.
    """
    live = [track for track in state.living if track.history]
    tentative = min((t.history[0].time_s for t in live if t.status == "tentative"), default=math.inf)
    over = min(time_s, tentative) - _STITCH_S
    ended = [track for track in state.tracks if track.status == "ended" and track.last_plot_s < over]
    drop_tracks(state, {track.number for track in ended})
    forget_infrared(state, min([time_s, *(track.history[0].time_s for track in live)]) - _INFRARED_S)
    return ended


def thin_history(track: TrackState, time_s: float) -> None:
    """Forget most of what a track was between its first half hour and the last before `time_s`.

    Of each `THINNED_S` there the first update stays; what stays from before the last half hour lies alone, so
    that other tracks' states can be forgotten. Neither what a track is now nor the tracker's next steps depend on
    it, nor what is left on how often the track was thinned before.
    """
    history, until = track.history, time_s - WHOLE_S
    at = track.thinned
    if at >= len(history) or history[at].time_s > until:
        return
    begun = history[0].time_s
    kept, last = history[:at], _slot(history[at - 1].time_s - begun) if at else -1
    while at < len(history) and history[at].time_s <= until:
        h = history[at]
        slot = _slot(h.time_s - begun)
        if slot < 0 or slot != last:
            kept.append(h.alone())
        elif h.best_plot is not None:
            track.forgotten.append((h.time_s, h.best_plot, h.sensor.id))
        last, at = slot, at + 1
    track.thinned = len(kept)
    track.history = kept + history[at:]


def _slot(since_s: float) -> int:
    """Return of which `THINNED_S` an update is whose place one may take, -1 in the first half hour."""
    return int(since_s / THINNED_S) if since_s >= WHOLE_S else -1


def fold_history(track: TrackState, time_s: float) -> None:
    """Fold what a confirmed track was before `time_s`, but for its last own plot, into what is asked of it later.

    What is told of the track while it goes on, and briefly when it is over, stays what it would have been
    (`past.Past`); a launch and a fall that are drawn when it is over need it unfolded. Neither does it matter how
    often a track is folded, nor do the tracker's next steps depend on it.
    """
    history = track.history
    if len(history) <= FOLDED_AT or (track.status == "tentative" and time_s < history[0].time_s + WHOLE_S):
        return
    until = bisect_left(history, time_s, lo=1, key=_looked_at)
    if until >= FOLDED_AT:
        measured = next((at for at in range(len(history) - 1, 0, -1) if history[at].measured), 0)
        until = min(until, measured)
    if until >= FOLDED_AT:
        track.history = [fold(history, until), *history[until:]]


def _looked_at(h: History) -> float:
    return h.record.look.time_s


def forget_infrared(state: TrackerState, before_s: float) -> None:
    """Forget infrared plots older than any launch whose track goes on."""
    if state.infrared and state.infrared[0][0] < before_s:
        state.infrared = [plot for plot in state.infrared if plot[0] >= before_s]


def drop_tracks(state: TrackerState, numbers: Collection[int]) -> None:
    """Remove ended tracks by their numbers, because they were handed over."""
    if numbers:
        state.tracks = [track for track in state.tracks if track.number not in numbers]


def step(state: TrackerState, look: Look) -> None:
    """Apply one look: update every live track with it, then begin tracks from what is left."""
    scan = scan_of(look, _bias_column(state, look.sensor))
    claimed = np.zeros(len(look.ids))
    if state.living:
        live = np.array([track.place for track in state.living])
        apply_scan(state.bank, live, scan, state.law, claimed)
        _judge(state, live, _remember(state, live, look))
    if look.sensor.infrared:
        free = np.flatnonzero(claimed < CLAIMED)
        state.infrared.extend((look.times[i], look.measurements[i], look.sensor, look.ids[i]) for i in free)
        if len(state.infrared) > 2 * _MOST_INFRARED:
            del state.infrared[:-_MOST_INFRARED]
    else:
        _begin(state, look, scan, claimed)


def _bias_column(state: TrackerState, sensor: SensorModel) -> int:
    """Return the sensor's first bias column, -1 where it has none; a new one joins every track's state."""
    if not sensor.bias.any():
        return -1
    if sensor.id not in state.columns:
        state.columns[sensor.id] = SIZE + len(state.bias)
        state.bias = np.concatenate([state.bias, sensor.bias])
        state.bank = _resized(state, state.bank.mean.shape[0])
    return state.columns[sensor.id]


def _resized(state: TrackerState, places: int) -> Bank:
    """Return the living tracks' bank with more places or bias columns; what is new is at its prior."""
    old, bias = state.bank, state.bias
    made = bank(places, SIZE + len(bias))
    n, columns = 1 + max((track.place for track in state.living), default=-1), old.mean.shape[2]
    made.mean[:n, :, :columns] = old.mean[:n]
    made.covariance[:n, :, :columns, :columns] = old.covariance[:n]
    for c in range(columns, SIZE + len(bias)):
        made.covariance[:n, :, c, c] = bias[c - SIZE]
    made.probability[:n], made.time_s[:n], made.existence[:n] = (
        old.probability[:n],
        old.time_s[:n],
        old.existence[:n],
    )
    return made


def _remember(state: TrackerState, live: Indices, look: Look) -> Record:
    kept = state.bank
    best_share = kept.best_share[live]
    taken = best_share >= CLAIMED
    plots = []
    best = kept.best[live]
    rows, places, mode_mean, mode_covariance = copy_out(kept, live)
    for track, plot, took, time_s in zip(
        state.living, best.tolist(), taken.tolist(), rows[:, OUT_TIME].tolist(), strict=True
    ):
        track.time_s = time_s
        if took:
            track.plots += 1
            track.last_plot_s = time_s
            track.supports = _supported(track.supports, look, plot, time_s)
        elif look.sensor.id in track.supports:
            track.supports = _looked(track.supports, look.sensor.id)
        plots.append(track.plots)
    record = Record(
        look=look,
        rows=rows,
        places=places,
        mode_mean=mode_mean,
        mode_covariance=mode_covariance,
        existence=kept.existence[live],
        plots=np.array(plots),
        best=best,
        best_share=best_share,
        supports=tuple([track.supports for track in state.living]),
    )
    for row, track in enumerate(state.living):
        track.history.append(History(record, row))
    return record


def _supported(supports: Supports, look: Look, plot: int, time_s: float) -> Supports:
    """Return a track's supports with one more plot of a look."""
    sensor, measured = look.sensor, look.measurements[plot].tobytes()
    before = supports.get(sensor.id)
    if before is None:
        return {**supports, sensor.id: Support(sensor, 1, 1, time_s, (time_s,), measured)}
    return {
        **supports,
        sensor.id: Support(
            sensor,
            before.plots + 1,
            before.looks + 1,
            before.first_s,
            (*before.times[1 - MOST_RECENT :], time_s),
            measured,
            before.repeated + (measured == before.measurement),
        ),
    }


def _looked(supports: Supports, sensor: str) -> Supports:
    """Return a track's supports after a look of a sensor that found no plot of it."""
    before = supports[sensor]
    return {**supports, sensor: before._replace(looks=before.looks + 1)}


def _united(one: Supports, other: Supports, *, apart: bool) -> Supports:
    """Return the supports of two tracks of one object.

    Where they are of different times (`apart`, the first one earlier) their plots add up; of tracks that went on
    side by side the same plots may stand in both, and of each sensor the fuller one is kept.
    """
    joined = dict(one)
    for name, later in other.items():
        before = joined.get(name)
        if before is None or (not apart and later.plots > before.plots):
            joined[name] = later
        elif apart:
            joined[name] = later._replace(
                plots=before.plots + later.plots,
                looks=before.looks + later.looks,
                first_s=before.first_s,
                times=(*before.times, *later.times)[-MOST_RECENT:],
                repeated=before.repeated + later.repeated,
            )
    return joined


def _judge(state: TrackerState, live: Indices, record: Record) -> None:
    """Confirm, end and merge tracks by their latest record."""
    height, sound = state.bank.height_m[live], np.isfinite(record.rows[:, OUT_MEAN:OUT_COVARIANCE]).all(axis=1)
    variances = record.rows[:, OUT_COVARIANCE : OUT_COVARIANCE + 3 * (SIZE + 1) : SIZE + 1]
    spread = np.sqrt(variances.sum(axis=1))
    buried = height + spread < LOWEST_M
    fading = ((record.existence < DELETED) | buried | ~sound).tolist()
    grown = (record.existence > CONFIRMED).tolist()
    confirmed = []
    for row, track in enumerate(state.living):
        if grown[row] and track.status == "tentative" and track.plots >= CONFIRMING_PLOTS:
            track.status = "confirmed"
            confirmed.append(track)
        if fading[row] or track.time_s - track.last_plot_s > LOST_S:
            track.status = "ended" if track.status == "confirmed" else "deleted"
    _merge(state, record)
    confirmed = [track for track in confirmed if track.status != "merged"]
    if confirmed:
        _stitch_all(state, confirmed)
    if any(not track.live for track in state.living):
        _bury(state)


def _bury(state: TrackerState) -> None:
    for track in state.living:
        if not track.live:
            state.free.append(track.place)
            track.place = -1
    state.living = [track for track in state.living if track.live]
    state.tracks = [track for track in state.tracks if track.status not in ("deleted", "merged")]


def _merge(state: TrackerState, record: Record) -> None:
    """End the younger of two tracks that have for some looks been one body's at one time."""
    rows = record.rows
    mean, covariance = rows[:, OUT_MEAN:OUT_COVARIANCE], rows[:, OUT_COVARIANCE:OUT_PROBABILITY]
    spread = covariance.reshape(-1, SIZE, SIZE)
    older, younger = find_twins(rows[:, OUT_TIME], mean, spread, record.best, record.best_share)
    twins = set(younger.tolist())
    for row, track in enumerate(state.living):
        if row not in twins:
            track.twin_looks = 0
    for first, second in zip(older.tolist(), younger.tolist(), strict=True):
        a, b = state.living[first], state.living[second]
        b.twin_looks += 1
        if b.twin_looks >= _TWIN_LOOKS and a.live and b.live:
            kept, worse = (a, b) if record.existence[first] >= 0.5 * record.existence[second] else (b, a)
            if kept.status == "tentative":
                kept, worse = (b, a) if kept is a else (a, b)
            if worse.status == "confirmed":
                state.merged.append(Merger(worse.number, kept.number, worse.time_s))
            kept.supports = _united(kept.supports, worse.supports, apart=False)
            worse.status = "merged"


def _begin(state: TrackerState, look: Look, scan: Scan, claimed: Array) -> None:
    """Begin tracks from this look's unexplained plots and earlier ones of the same radar; keep what is left."""
    free = np.flatnonzero(claimed < CLAIMED)[-_MOST_LOOSE:]
    loose = state.loose.get(look.sensor.id)
    noise = np.broadcast_to(scan.noise, (len(claimed), *scan.noise.shape[1:]))
    if loose is None:
        state.loose[look.sensor.id] = _Loose(look.times[free], scan.plots[free], noise[free])
        return
    keep = loose.times >= look.time_s - TRIPLE_SCANS * look.sensor.scan_s
    if len(free) and keep.any():
        loose, keep = _Loose(loose.times[keep], loose.plots[keep], loose.noise[keep]), keep[keep]
        room = min(_MOST_BEGUN, MOST_TRACKS - len(state.living))
        triples = find_triples(
            scan, look.sensor.scan_s, free, loose.times, loose.plots, loose.noise, room, state.law.env
        )
        if len(triples):
            triples = _begin_from(state, look, scan, loose, triples)
            keep[triples[:, 1:]] = False
            free = np.setdiff1d(free, triples[:, 0], assume_unique=True)
    times = np.concatenate([loose.times[keep], look.times[free]])
    order = np.argsort(times, kind="stable")[-_MOST_LOOSE:]
    plots = np.concatenate([loose.plots[keep], scan.plots[free]])
    state.loose[look.sensor.id] = _Loose(
        times[order], plots[order], np.concatenate([loose.noise[keep], noise[free]])[order]
    )


def _begin_from(state: TrackerState, look: Look, scan: Scan, loose: _Loose, triples: Indices) -> Indices:
    """Begin a track from each triple (n, 3) of a plot of the scan and two loose ones; return those that did."""
    while len(state.free) < len(triples):
        places = state.bank.mean.shape[0]
        state.bank = _resized(state, 2 * places)
        state.free = [*range(2 * places - 1, places - 1, -1), *state.free]
    taken = np.array(state.free[-len(triples) :][::-1])
    begun = begin(
        state.bank, taken, scan, triples, loose.times, loose.plots, loose.noise, state.bias, state.law.env
    )
    state.bank.existence[taken[begun]] = BORN
    sensor, kept = look.sensor, triples[begun]
    for place, time_s, first_s in zip(
        taken[begun].tolist(), scan.times[kept[:, 0]].tolist(), loose.times[kept[:, 1]].tolist(), strict=True
    ):
        state.free.remove(place)
        state.started += 1
        supports = {sensor.id: Support(sensor, 2, 2, first_s, (first_s, time_s))}
        track = TrackState(state.started, place, time_s, last_plot_s=time_s, supports=supports)
        state.tracks.append(track)
        state.living.append(track)
    return triples[begun]


def _stitch_all(state: TrackerState, confirmed: list[TrackState]) -> None:
    """Join each newly confirmed track to one that lost its object shortly before: one object, one track."""
    newest = max(track.history[0].time_s for track in confirmed)
    lost = [t for t in state.tracks if t.last_plot_s < newest and t.status in ("confirmed", "ended")]
    for younger in confirmed:
        own = past_of(younger.history) is not None  # it was tentative for half an hour, and continues nothing
        older = next((t for t in lost if not own and t is not younger and _continues(t, younger)), None)
        if older is not None:
            last = older.last_plot_s
            younger.history = [h for h in older.history if h.time_s <= last] + younger.history
            younger.forgotten = [plot for plot in older.forgotten if plot[0] <= last] + younger.forgotten
            younger.thinned = 0
            younger.plots += older.plots
            younger.supports = _united(older.supports, younger.supports, apart=True)
            younger.number = older.number
            older.status = "merged"
            lost.remove(older)


def _continues(older: TrackState, younger: TrackState) -> bool:
    """Return whether a younger track can be what an older one lost: as far on, and as it was heading."""
    after = younger.history[0]
    if not 0 < after.time_s - older.last_plot_s < _STITCH_S:
        return False
    before = next(h for h in reversed(older.history) if h.time_s <= older.last_plot_s)
    gap = after.time_s - before.time_s
    moved = after.mean[:3] - before.mean[:3]
    velocity = 0.5 * (before.mean[3:6] + after.mean[3:6])
    off = np.linalg.norm(moved - gap * velocity)
    return bool(off < 0.3 * gap * np.linalg.norm(velocity) + 10e3)
