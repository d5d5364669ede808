"""Plots in any order to tracks as if they had come in order: fixed-lag re-filtering by checkpoints.

Each sensor's plots are kept sorted by time and id and divided greedily into scans; scans of all sensors, and the
empty looks between them, make one sequence of looks that depends on the plots alone, not on how they came. The
tracker steps along that sequence. Where a plot changes a look that was stepped already, the last checkpoint before
it is restored and the looks from there on are stepped again, so that the result is bit for bit that of plots in
order. What lies before the lag can no longer change: it is settled, and its plots, checkpoints and ended tracks
are given up.

    start(lag_s) -> Ordering;  meet(state, model);  take(state, sensor, plots) -> refused;
    advance(state) -> Advanced (complete looks, or all with `eager`);  close(state) -> Advanced

An infinite lag is the batch: everything is taken, then stepped once by `close`.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.sensors import MOST_EMPTY_LOOKS, Look, SensorModel, empty_look, look_of
from launchwatch.estimate.track.tracker import Merger, TrackerState, TrackState
from launchwatch.facts import Plot, PlotBlock

Timed = tuple[float, str, Plot]
"""Unix time (s), id, plot."""

SCAN_SHARE = 0.999
"""Of a scan period, the part within which plots make one look: a hair under it, for clocks that count decimals."""

GAP_S = 600.0
"""A step ahead in time that a sensor's second plot must bear out: longer than a radar's outage, shorter than any
slip of an hour. It is also how far a sensor may run ahead of the others that are still heard."""

MOST_WAITING = 50_000
"""Plots of one sensor that may wait within the lag: more is a flood, and would cost memory without end."""

REMEMBERED = 20_000
"""Ids of each sensor's newest plots that are known as taken: a duplicate beyond the lag is refused as late."""

_EVERY = 8  # looks between checkpoints: a copy costs about one look, a plot in the past at most as many more
_MOST_DOUBTFUL = 100
_THIN_S = 30.0  # seconds of data between thinnings: seldom is a long pause, often is much looking for little
_SILENT_SCANS = 3.0  # a sensor without a plot for longer, or for the lag, is not waited for


@dataclass(frozen=True)
class Refused:
    """A plot that was not used, and why."""

    sensor: str
    plot: Plot
    reason: str
    allowed: str | None = None


@dataclass
class Advanced:
    """What an advance did: looks stepped, tracks that ended or were merged for good, plots left out."""

    stepped: int = 0
    ended: list[TrackState] = field(default_factory=list)
    merged: list[Merger] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class _Scan:
    """Plots of one look; never changed once `look` was made, which has them in order of time and id."""

    __slots__ = ("look", "plots", "start")

    def __init__(self, start: float, plots: list[Timed]) -> None:
        self.start, self.plots = start, plots
        self.look: Look | None = None


_Entry = tuple[float, str, _Scan | None]  # time, sensor, its scan; None for a look that saw nothing


@dataclass
class _Watch:
    """One sensor's memory: scans not yet settled, how far its clock has come, plots whose times are doubted."""

    model: SensorModel
    newest: float = -math.inf
    ahead: float = -math.inf
    progress: float = 0.0
    heard_at: dict[str, float] = field(default_factory=dict)
    scans: list[_Scan] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    settled: float | None = None
    waiting: int = 0
    known: set[str] = field(default_factory=set)
    recent: deque[str] = field(default_factory=deque)
    doubtful: list[Timed] = field(default_factory=list)
    scan_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.scan_s = SCAN_SHARE * self.model.scan_s

    @property
    def gap_s(self) -> float:
        return max(GAP_S, _SILENT_SCANS * self.model.scan_s)


@dataclass
class Ordering:
    """All memory of an ordered tracking: sensors, the tracker, looks stepped since the oldest checkpoint.

    `floor` is the time before which plots are refused, `settled` that before which looks stand; the first `fixed`
    of `done` are before it; `thinned` is when live tracks' histories were last thinned. `folds` says that only
    what is told of tracks while they go on, and briefly when they are over, will be asked: their settled past is
    folded. Not thread-safe.
    """

    lag_s: float
    tracker: TrackerState
    folds: bool = False
    watches: dict[str, _Watch] = field(default_factory=dict)
    done: list[_Entry] = field(default_factory=list)
    fixed: int = 0
    checkpoints: list[tuple[int, TrackerState]] = field(default_factory=list)
    floor: float = -math.inf
    settled: float = -math.inf
    thinned: float = -math.inf

    @property
    def bounded(self) -> bool:
        """Return whether the lag is finite: what is older is settled and given up."""
        return math.isfinite(self.lag_s)

    @property
    def newest(self) -> float:
        """Return the newest time that any sensor has come to."""
        return max((watch.newest for watch in self.watches.values()), default=-math.inf)


def start(lag_s: float = math.inf, *, folds: bool = False) -> Ordering:
    """Return an ordering that has seen nothing, for plots at most `lag_s` late."""
    return Ordering(lag_s, tracker.start(), folds)


def meet(state: Ordering, model: SensorModel) -> None:
    """Make a sensor known."""
    state.watches.setdefault(model.id, _Watch(model))


def take(state: Ordering, sensor: str, plots: Iterable[Timed]) -> list[Refused]:
    """Take a known sensor's plots in whatever order they came; return those that are refused."""
    watch = state.watches[sensor]
    refused: list[Refused] = []
    if not state.bounded:
        for timed in plots:
            _keep(state, watch, timed, refused)
        return refused
    reach, lag_s, newest = _reach(state, watch), state.lag_s, watch.newest
    latest = min(newest + lag_s, reach)
    known, recent, scan_s = watch.known, watch.recent, watch.scan_s
    for timed in plots:
        time, id_, _ = timed
        if newest <= time <= latest and time >= state.floor:
            last = watch.scans[-1] if watch.scans else None
            if (
                last is not None
                and last.look is None
                and last.start <= time < last.start + scan_s
                and id_ not in known
                and watch.waiting < MOST_WAITING
            ):  # nearly always: the next plot of the newest scan
                known.add(id_)
                recent.append(id_)
                watch.waiting += 1
                last.plots.append(timed)
            else:
                _keep(state, watch, timed, refused)
            if time != newest:
                watch.progress += time - newest
                watch.newest = newest = time
                latest = min(newest + lag_s, reach)
        else:
            _judge(state, watch, timed, reach, refused)
            newest = watch.newest
            latest = min(newest + lag_s, reach)
    _forget_ids(watch)
    watch.heard_at = {name: other.progress for name, other in state.watches.items()}
    _raise_floor(state, refused)
    return refused


def _forget_ids(watch: _Watch) -> None:
    most = max(REMEMBERED, 2 * watch.waiting)
    while len(watch.recent) > most:
        watch.known.discard(watch.recent.popleft())


def _judge(state: Ordering, watch: _Watch, timed: Timed, reach: float, refused: list[Refused]) -> None:
    """Keep a plot out of the ordinary, doubt it, or refuse it for its time."""
    time = timed[0]
    if time < max(state.floor, watch.newest - state.lag_s):
        _refuse_late(state, watch, timed, refused)
    elif time > watch.newest + watch.gap_s:  # true for the first plot of all
        _doubt(state, watch, timed, reach, refused)
    elif time > reach:
        reason = f"time runs ahead: {time - reach + watch.gap_s:.1f} s before the other sensors"
        refused.append(Refused(watch.model.id, timed[2], reason, f"at most {watch.gap_s:.0f} s"))
    else:
        _keep(state, watch, timed, refused)
        _tell_time(state, watch, time)


def _reach(state: Ordering, watch: _Watch) -> float:
    """Return the latest time that a sensor may have come to while others are still heard."""
    others = [other.newest for other in _active(state) if other is not watch]
    return min(others, default=math.inf) + watch.gap_s


def _refuse_late(state: Ordering, watch: _Watch, timed: Timed, refused: list[Refused]) -> None:
    late = max(watch.newest, state.floor + state.lag_s) - timed[0]
    whose = "the sensor's newest plot" if watch.newest - state.lag_s >= state.floor else "what is settled"
    reason = f"time goes backwards: {late:.1f} s older than {whose}"
    refused.append(Refused(watch.model.id, timed[2], reason, f"at most {state.lag_s:g} s late"))


def _tell_time(state: Ordering, watch: _Watch, time: float) -> None:
    """Move the sensor's time on; a step ahead beyond the lag counts when a second plot has come as far."""
    before = watch.newest
    if time <= before + state.lag_s:
        watch.newest = max(before, time)
    else:
        watch.newest, watch.ahead = max(before, min(time, watch.ahead)), max(time, watch.ahead)
    watch.progress += min(watch.newest - before, state.lag_s)  # a leap counts no more than the lag


def _doubt(state: Ordering, watch: _Watch, timed: Timed, reach: float, refused: list[Refused]) -> None:
    """Hold a plot far ahead of the sensor's others until one with another id is near it."""
    if any(timed[1] == other[1] and timed[0] == other[0] for other in watch.doubtful):
        refused.append(_duplicate(watch, timed))
        return
    insort(watch.doubtful, timed, key=lambda item: item[:2])
    near = _cluster(watch.doubtful, timed, watch.gap_s)
    if len({item[1] for item in near}) > 1 and near[-1][0] <= reach:
        watch.doubtful = [item for item in watch.doubtful if item not in near]
        for item in near:
            _keep(state, watch, item, refused)
        watch.newest = max(watch.newest, near[0][0])
        for item in near:
            _tell_time(state, watch, item[0])
        refused.extend(_alone(watch, item) for item in watch.doubtful if item[0] < near[0][0])
        watch.doubtful = [item for item in watch.doubtful if item[0] > near[-1][0]]
    elif len(watch.doubtful) > _MOST_DOUBTFUL:
        refused.append(_alone(watch, watch.doubtful.pop()))


def _cluster(plots: list[Timed], around: Timed, gap_s: float) -> list[Timed]:
    """Return the plots joined to one of them by steps of at most `gap_s`; `plots` are in order of time."""
    first = last = next(i for i, item in enumerate(plots) if item is around)
    while first > 0 and plots[first][0] - plots[first - 1][0] <= gap_s:
        first -= 1
    while last + 1 < len(plots) and plots[last + 1][0] - plots[last][0] <= gap_s:
        last += 1
    return plots[first : last + 1]


def _alone(watch: _Watch, timed: Timed) -> Refused:
    reason = f"time stands alone: {format_instant(timed[0])}, and no other plot of the sensor bears it out"
    return Refused(watch.model.id, timed[2], reason, f"within {watch.gap_s:.0f} s of another plot")


def _duplicate(watch: _Watch, timed: Timed) -> Refused:
    return Refused(watch.model.id, timed[2], "duplicate: a plot with this id was taken before")


def _raise_floor(state: Ordering, refused: list[Refused]) -> None:
    """Move on the time before which plots are refused; a doubted plot holds it back while it may be borne out."""
    active = [watch.newest for watch in _active(state)]
    if not active:
        return
    reached = min(active) - state.lag_s
    for watch in state.watches.values():
        while watch.doubtful and watch.doubtful[0][0] < reached - watch.gap_s:
            refused.append(_alone(watch, watch.doubtful.pop(0)))
    doubted = (watch.doubtful[0][0] for watch in state.watches.values() if watch.doubtful)
    state.floor = max(state.floor, min([reached, *doubted]))


def _active(state: Ordering) -> list[_Watch]:
    """Return the sensors that are waited for: heard since any other went on by the lag, or by three scans."""
    return [watch for watch in state.watches.values() if _is_active(state, watch)]


def _is_active(state: Ordering, watch: _Watch) -> bool:
    if watch.newest == -math.inf:
        return False
    allowed = max(state.lag_s, _SILENT_SCANS * watch.model.scan_s)
    return all(
        other.progress - watch.heard_at.get(name, 0.0) <= allowed
        for name, other in state.watches.items()
        if other is not watch
    )


def _keep(state: Ordering, watch: _Watch, timed: Timed, refused: list[Refused]) -> None:
    """Put a plot in its place, unless it was taken before or its sensor floods."""
    if timed[1] in watch.known:
        refused.append(_duplicate(watch, timed))
        return
    if watch.waiting >= MOST_WAITING and state.bounded:
        reason = f"flood: {MOST_WAITING:,} plots of the sensor wait within {state.lag_s:g} s"
        refused.append(Refused(watch.model.id, timed[2], reason))
        return
    watch.known.add(timed[1])
    watch.recent.append(timed[1])
    watch.waiting += 1
    _put(watch, timed)


def _put(watch: _Watch, timed: Timed) -> None:
    """Add a plot to the scan that it falls into, or else divide the scans from its place on anew."""
    time, starts = timed[0], watch.starts
    place = len(starts) - 1 if starts and time >= starts[-1] else bisect_right(starts, time) - 1
    if place >= 0 and time < starts[place] + watch.scan_s:
        scan = watch.scans[place]
        if scan.look is None:
            scan.plots.append(timed)
        else:
            watch.scans[place] = _Scan(scan.start, [*scan.plots, timed])
    elif place == len(starts) - 1:
        _append(watch, _Scan(time, [timed]))
    else:
        _divide(watch, place + 1, timed)


def _append(watch: _Watch, scan: _Scan) -> None:
    watch.scans.append(scan)
    watch.starts.append(scan.start)


def _divide(watch: _Watch, place: int, timed: Timed) -> None:
    """Begin a scan with a plot before scan number `place`, and divide on until the scans are as they were."""
    old = {scan.start: scan for scan in watch.scans[place:]}
    del watch.scans[place:], watch.starts[place:]
    plots = [timed, *sorted((item for scan in old.values() for item in scan.plots), key=_when)]
    at = 0
    while at < len(plots):
        begin = plots[at][0]
        until = bisect_left(plots, begin + watch.scan_s, lo=at + 1, key=_when)
        if begin in old:
            rest = [scan for scan in old.values() if scan.start >= begin]
            watch.scans.extend(rest)
            watch.starts.extend(scan.start for scan in rest)
            return
        _append(watch, _Scan(begin, plots[at:until]))
        at = until


def _when(timed: Timed) -> float:
    return timed[0]


def advance(state: Ordering, *, eager: bool = False) -> Advanced:
    """Step the looks that are complete; with `eager` also those that more plots may still change."""
    info = Advanced()
    active = [watch.newest for watch in _active(state)]
    if not active:
        return info
    end = _end(state)
    complete = _complete_until(state, end)
    _step(state, _unchanged(state, end, complete), complete, info)
    if eager:
        last = _heard_until(state) + state.lag_s
        _step(state, _wanted(state, end, last), last, info)
    _settle(state, min(complete, end), info)
    return info


def close(state: Ordering, progress: Callable[[int, int], None] | None = None) -> Advanced:
    """Take what was doubted of sensors that gave nothing else, step all that is left, hand over every track.

    `progress` is told looks done and looks in all.
    """
    info = Advanced()
    for watch in state.watches.values():
        doubtful, watch.doubtful = watch.doubtful, []
        if watch.newest == -math.inf and doubtful:
            _keep(state, watch, doubtful.pop(0), info.refused)
        info.refused.extend(_alone(watch, item) for item in doubtful)
    end = _end(state)
    _step(state, _unchanged(state, end, math.inf), math.inf, info, progress)
    for watch in state.watches.values():
        info.refused.extend(refused for scan in watch.scans for refused in _identical(watch, scan))
    info.merged.extend(state.tracker.merged)
    if state.bounded:
        _hand_over(state, state.tracker.confirmed, info)
    else:
        info.ended.extend(state.tracker.confirmed)
    return info


def _hand_over(state: Ordering, ended: list[TrackState], info: Advanced) -> None:
    """Give out tracks that are over, thinned alike however they were thinned while they lived."""
    for track in () if state.folds else ended:
        tracker.thin_history(track, track.history[-1].time_s)
    info.ended.extend(ended)


def looks_from_blocks(sensors: Iterable[SensorModel], blocks: Iterable[PlotBlock]) -> list[Look]:
    """Return all looks of plots that are known, in order of time, those among them that saw nothing included."""
    state = start()
    for model in sensors:
        meet(state, model)
    for block in blocks:
        take(state, block.sensor, timed_plots(block))
    return [_look(state, entry) for entry in _wanted(state, _end(state), math.inf)]


def timed_plots(block: PlotBlock) -> list[Timed]:
    """Return a block's plots as `take` takes them."""
    return [(parse_instant(plot.time_utc), plot.id, plot) for plot in block.plots]


def _end(state: Ordering) -> float:
    """Return the time of the newest look of any sensor: until then a silent sensor's scans saw nothing."""
    begun = (watch.starts[-1] if watch.starts else watch.settled for watch in state.watches.values())
    return max((time for time in begun if time is not None), default=-math.inf)


def _heard_until(state: Ordering) -> float:
    """Return how far all sensors that are waited for have come, without those whose step ahead is not borne out.

    Such a sensor was silent for longer than the lag, and its one plot, perhaps a false one, would else hold back
    all others until the next.
    """
    active = _active(state)
    sure = [watch.newest for watch in active if watch.ahead <= watch.newest]
    return min(sure or [watch.newest for watch in active])


def _complete_until(state: Ordering, end: float) -> float:
    """Return the time before which no plot in order adds to a look, nor shows that there was an empty one."""
    if not state.bounded:
        return end
    until = math.inf
    for watch in state.watches.values():
        if watch.newest == -math.inf:
            continue
        if _is_active(state, watch):
            at = bisect_right(watch.starts, watch.newest) - 1
            until = min(until, watch.starts[at] if at >= 0 else watch.newest)
        else:
            until = min(until, end - 0.5 * watch.model.scan_s)
    return until


def _wanted(state: Ordering, end: float, until: float) -> list[_Entry]:
    """Return the looks that the plots make from the settled time on, in the order of stepping."""
    every = [entry for watch in state.watches.values() for entry in _entries(watch, state.settled, until, end)]
    every.sort(key=lambda entry: entry[:2])
    return every


def _entries(watch: _Watch, since: float, until: float, end: float) -> Iterator[_Entry]:
    """Yield a sensor's looks in [since, until), those that saw nothing included."""
    sensor, scan_s, before = watch.model.id, watch.model.scan_s, watch.settled
    for scan in (*watch.scans, None):
        following = end if scan is None else scan.start
        if before is not None:
            for k in range(1, MOST_EMPTY_LOOKS + 1):
                time = before + k * scan_s
                if time > following - 0.5 * scan_s or time >= until or not watch.model.knows(time):
                    break
                if time >= since:
                    yield time, sensor, None
        if scan is None or scan.start >= until:
            return
        yield scan.start, sensor, scan
        before = scan.start


def _unchanged(state: Ordering, end: float, complete: float) -> list[_Entry]:
    """Return the looks wanted, after undoing what was stepped along looks that are no longer so."""
    stepped = state.done[state.fixed :]
    until = max(complete, math.nextafter(stepped[-1][0], math.inf)) if stepped else complete
    wanted = _wanted(state, end, until)
    for place, (was, entry) in enumerate(zip(stepped, wanted, strict=False)):
        if was != entry:
            _rewind(state, state.fixed + place)
            return wanted
    if len(wanted) < len(stepped):
        _rewind(state, state.fixed + len(wanted))
    return wanted


def _rewind(state: Ordering, place: int) -> None:
    """Put the tracker back to before look number `place` of those done."""
    while state.checkpoints[-1][0] > place:
        state.checkpoints.pop()
    index, kept = state.checkpoints[-1]
    state.tracker = tracker.copy_state(kept)
    undone, state.done = state.done[index:place], state.done[:index]
    for entry in undone:
        _step_one(state, entry)


def _step(
    state: Ordering, wanted: list[_Entry], until: float, info: Advanced,
    progress: Callable[[int, int], None] | None = None,
) -> None:  # fmt: skip
    """Step the looks wanted that come after those done, as far as `until`."""
    ahead = wanted[len(state.done) - state.fixed :]
    for done, entry in enumerate(ahead, start=1):
        if entry[0] >= until:
            break
        if state.bounded and (not state.checkpoints or len(state.done) - state.checkpoints[-1][0] >= _EVERY):
            _checkpoint(state)
        _step_one(state, entry)
        info.stepped += 1
        if progress:
            progress(done, len(ahead))


def _step_one(state: Ordering, entry: _Entry) -> None:
    tracker.step(state.tracker, _look(state, entry))
    state.done.append(entry)


def _look(state: Ordering, entry: _Entry) -> Look:
    time, sensor, scan = entry
    model = state.watches[sensor].model
    if scan is None:
        return empty_look(model, time)
    scan.look = scan.look or look_of(model, _distinct(scan.plots))
    return scan.look


def _checkpoint(state: Ordering) -> None:
    """Keep the tracker as it is; what is settled is folded before, so that going back does not bring it back."""
    for track in state.tracker.living if state.folds else ():
        tracker.fold_history(track, state.settled)
    state.checkpoints.append((len(state.done), tracker.copy_state(state.tracker)))


def _settle(state: Ordering, until: float, info: Advanced) -> None:
    """Give up what can no longer change: plots before the lag, checkpoints before them, tracks that have ended."""
    if not state.bounded:
        return
    slowest = max(watch.model.scan_s for watch in state.watches.values())
    settled = min(state.floor - slowest, until - slowest)
    if settled <= state.settled:
        return
    state.settled = settled
    for watch in state.watches.values():
        _forget_scans(watch, settled, info)
    state.fixed = bisect_left(state.done, settled, key=lambda entry: entry[0])
    _forget_checkpoints(state, info)


def _forget_scans(watch: _Watch, settled: float, info: Advanced) -> None:
    count = bisect_left(watch.starts, settled)
    for scan in watch.scans[:count]:
        watch.waiting -= len(scan.plots)
        info.refused.extend(_identical(watch, scan))
        watch.settled = scan.start
    del watch.scans[:count], watch.starts[:count]


def _forget_checkpoints(state: Ordering, info: Advanced) -> None:
    keep = bisect_right(state.checkpoints, state.fixed, key=lambda item: item[0]) - 1
    if keep <= 0:
        return
    index = state.checkpoints[keep][0]
    time_s = state.done[index - 1][0]
    del state.done[:index]
    state.fixed -= index
    state.checkpoints = [(place - index, kept) for place, kept in state.checkpoints[keep:]]
    oldest = state.checkpoints[0][1]
    ended = tracker.take_ended(oldest, time_s)
    _hand_over(state, ended, info)
    merged = oldest.merged.copy()
    info.merged.extend(merged)
    oldest.merged.clear()
    for kept in (state.tracker, *(kept for _, kept in state.checkpoints[1:])):
        tracker.drop_tracks(kept, {track.number for track in ended})
        del kept.merged[: len(merged)]  # what was stepped from there has them first
    if time_s >= state.thinned + _THIN_S and not state.folds:
        state.thinned = time_s
        for (
            track
        ) in state.tracker.living:  # checkpoints are forgotten soon, and thinned again if one is gone back to
            tracker.thin_history(track, time_s)


_BY_TIME_AND_ID = itemgetter(0, 1)


def _content(timed: Timed) -> tuple[object, ...]:
    plot = timed[2]
    return (timed[0], plot.range_m, plot.azimuth_deg, plot.elevation_deg, plot.range_rate_m_s, plot.los_ecef)


def _distinct(plots: list[Timed]) -> list[Timed]:
    """Return plots in order, of those that measured the same at the same time the one with the lowest id."""
    ordered = sorted(plots, key=_BY_TIME_AND_ID)
    coarse = {(time, plot.range_m, plot.los_ecef) for time, _, plot in plots}
    if len(coarse) == len(plots):
        return ordered
    contents = {_content(timed): timed for timed in reversed(ordered)}
    return ordered if len(contents) == len(plots) else [*reversed(contents.values())]


def _identical(watch: _Watch, scan: _Scan) -> list[Refused]:
    if scan.look is None or len(scan.look.ids) == len(scan.plots):
        return []
    kept = set(scan.look.ids)
    reason = "duplicate: the same measurement at the same time came under another id"
    return [Refused(watch.model.id, timed[2], reason) for timed in scan.plots if timed[1] not in kept]
