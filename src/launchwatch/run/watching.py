"""A feed or a replay to tracks as it comes: one path for both, with the clock as an argument.

Pieces are decoded, put in order and tracked; while nothing comes, looks that are still open are tracked too, and
stepped again when more of them arrives. What is told of tracks is made, and all facts are logged, by one thread
beside: in the order in which they came up, so that nothing depends on how fast it is. Facts are logged in groups,
given to it at most `COMMIT_S` after they were made.
"""

import gc
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.estimate.track import finish, finish_briefly, ordering, state_now
from launchwatch.estimate.track.history import History
from launchwatch.estimate.track.launch import Launching, lines_of
from launchwatch.estimate.track.ordering import SCAN_SHARE, Refused, Timed
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.estimate.track.tracker import Line, Merger, TrackState
from launchwatch.facts import (
    Evidence,
    PlotBlock,
    Provenance,
    Rejection,
    Sensor,
    Track,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Value,
)
from launchwatch.feeds.inbox import Source
from launchwatch.feeds.pcap import Received
from launchwatch.keep import EvidenceLog
from launchwatch.observe.streams import DatagramStream, Heard, LineStream
from launchwatch.run.background import Background
from launchwatch.run.clock import Clock, SystemClock
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.intake import Append, Sites, load_sites
from launchwatch.run.opening import open_source
from launchwatch.run.pauses import ALLOCATED, GIVEN_BACK_LOOKS, give_back_memory

LAG_S = 30.0
"""How late a plot may come: longer than any satellite relay."""

COMMIT_S = 0.25
"""Facts wait at most so long to be logged: one write to disk for many, and little lost with the machine."""

STATUS_S = 10.0
_WAIT_S = 0.2  # how soon a signal, or the end of the time to watch, is noticed
_LOST_S = 5.0
_MOST_PENDING = 2000


@dataclass(frozen=True)
class Status:
    """How a watch stands: counts so far, live confirmed tracks, the newest plot's time, and seconds watched.

    `plots` are those taken; `refused` are plots, lines and datagrams, however many stand in one rejection.
    """

    plots: int
    refused: int
    live: int
    ended: int
    newest_utc: str | None
    watched_s: float


@dataclass(frozen=True)
class Updated:
    """A track's newest state; `first` when the track was just confirmed."""

    number: int
    status: str
    update: TrackUpdate
    first: bool


@dataclass(frozen=True)
class Ended:
    """A track that is over, as a whole."""

    number: int
    track: Track


@dataclass(frozen=True)
class Merged:
    """A confirmed track that turned out to be of another's object, and goes on as that one."""

    number: int
    into: int
    time_utc: str


News = Status | Updated | Merged | Ended | Rejection
Tell = Callable[[News], None]


@dataclass
class Watched:
    """What a watch came to; counts are those of `Status`. `seconds` lie between the first piece and the end."""

    plots: int = 0
    refused: int = 0
    tracks: list[Track] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Terms:
    """How to watch: the lag, seconds of data between a track's updates, pace of a replay, and when to stop.

    `posterior` says whether the launch and fall of a track that is over are estimated as `track` does: most of a
    second's work, during which nothing is tracked; `keep` whether `Watched` holds the tracks too, which is memory
    without end where the watch has none. Facts wait at most `commit_s` to be logged.
    """

    lag_s: float = LAG_S
    every_s: float = 5.0
    speed: float = math.inf
    until_s: float = math.inf
    for_s: float = math.inf
    posterior: bool = True
    keep: bool = True
    commit_s: float = COMMIT_S


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for cycles of garbage seldom: a watch leaves none, and the search walks all histories each time."""
    before = gc.get_threshold()
    gc.set_threshold(ALLOCATED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _silent(_: News) -> None:
    return None


def _ended(number: int, brief: Future[Track]) -> News:
    return Ended(number, brief.result())


def _nowhere(_: Sequence[Value]) -> None:
    return None


class Watcher:
    """One watch: decoder, ordering with its tracker, facts not yet logged, what was told. Not thread-safe.

    What is known of live tracks' launches belongs to the thread beside, which takes its jobs in order.
    """

    def __init__(
        self, evidence: Evidence, context: Context, terms: Terms, clock: Clock, *, sites: Sites | None = None,
        append: Append = _nowhere, tell: Tell = _silent, stopped: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        if not 0 <= terms.lag_s <= 3600:
            raise InputError("lag", given=terms.lag_s, allowed="0 to 3600 s")
        self.evidence, self.context, self.terms, self.clock = evidence, context, terms, clock
        self._append, self._tell, self._stopped = append, tell, stopped
        self._stream = self._decoder(sites)
        self._plots_of = context.provenance("observe.streams", (evidence.id,))
        self._tracks_of = context.provenance("estimate.track")
        self._rng = context.rng("track", evidence.origin)
        self.ordering = ordering.start(terms.lag_s, folds=not terms.posterior)
        self._back = Background()
        self._scans: dict[str, list[Timed]] = {}
        self._pending: list[Value | Future[Any]] = []
        self._states = self._looks = 0
        self._news: deque[News | Future[Any]] = deque()
        self._ended = 0
        self._told: dict[int, float] = {}
        self._launches: dict[int, Launching] = {}
        self._closed = False
        self._begun = self._committed = self._status_at = self._lost_at = clock.now()
        self._first_plot: float | None = None
        self._started = self._begun
        self._lost = 0
        self.done = Watched()

    def _decoder(self, sites: Sites | None) -> LineStream:
        """Return a decoder of lines, or of datagrams where civil radars' sites are given (though it be none)."""
        made_by = self.context.provenance("observe.streams", (self.evidence.id,))
        if sites is None:
            return LineStream(self.evidence.id, made_by)
        return DatagramStream(self.evidence.id, made_by, sites, parse_instant(self.context.as_of_utc))

    def run(self, source: Source, sensors: bytes = b"") -> Watched:
        """Watch until the feed is over, the time is up, or someone says stop; then close."""
        with _seldom_collecting(), self._back:
            return self._run(source, sensors)

    def _run(self, source: Source, sensors: bytes) -> Watched:
        self._pending += [self.context.start_fact(), self.evidence]
        self._commit()
        if sensors:
            self._take(self._stream.feed(sensors if sensors.endswith(b"\n") else sensors + b"\n"))
        while not self._is_over(source):
            piece = source.receive(0.0)
            if piece is None and not source.over:
                self.rest()
                piece = source.receive(_WAIT_S)
            if piece is not None:
                self.take(piece)
            self._count_lost(source)
        source.close()
        self._count_lost(source, last=True)
        return self.close()

    def _is_over(self, source: Source) -> bool:
        late = self.clock.now() - self._begun >= self.terms.for_s
        return source.over or late or self._stopped() or self.ordering.newest >= self.terms.until_s

    def take(self, piece: Received | InputError) -> None:
        """Decode and track one piece; record why it cannot be read."""
        if isinstance(piece, InputError):
            self._stream.refuse("feed", piece.message, piece.given, piece.allowed or None)
            self._take(self._stream.drain(None))
        else:
            self._take(self._stream.feed(piece.payload, piece.received_s))

    def rest(self) -> None:
        """Use a pause: track what is still open, tell and log everything."""
        self._advance(eager=True)
        self._commit()
        self._back.wait()
        self._tell_done()

    def close(self) -> Watched:
        """Take what is left, finish every track, and close the run in the log."""
        self._take(self._stream.end())
        done = ordering.close(self.ordering)
        self._refuse_plots(done.refused)
        self._join(done.merged)
        self._finish(done.ended)
        self._take(self._stream.tally())
        for sensor in list(self._scans):
            self._flush_scan(sensor)
        self.done.refused = self._stream.refused
        self._pending.append(self.context.end_fact([], self.done.refused))
        self._commit()
        self._back.wait()
        self._tell_done()
        self.done.seconds = self.clock.now() - self._begun
        self._closed = True
        self._tell(self._status())
        return self.done

    def _take(self, heard: Heard) -> None:
        for sensor in heard.sensors:
            self._meet(sensor)
        for rejection in heard.rejections:
            self._refuse(rejection)
        for sensor_id, run in groupby(heard.plots, key=lambda item: item[1].sensor):
            self._take_run(sensor_id, [(time_s, plot.id, plot) for time_s, plot in run])
        if len(self._pending) >= _MOST_PENDING or self.clock.now() >= self._committed + self.terms.commit_s:
            self._commit()

    def _meet(self, sensor: Sensor) -> None:
        ordering.meet(self.ordering, sensor_model(sensor))
        self._pending.append(sensor)

    def _take_run(self, sensor: str, plots: list[Timed]) -> None:
        """Take plots of one sensor scan by scan, each when its time has come, and track what they complete."""
        if math.isfinite(self.terms.until_s):
            plots = [timed for timed in plots if timed[0] <= self.terms.until_s]
        scan_s = self.ordering.watches[sensor].model.scan_s
        at = 0
        while at < len(plots):
            until, last = at + 1, plots[at][0] + scan_s
            while until < len(plots) and plots[until][0] < last:
                until += 1
            self._pace(plots[at][0])
            self._order(sensor, plots[at:until])
            self._advance()
            at = until

    def _order(self, sensor: str, plots: list[Timed]) -> None:
        refused = ordering.take(self.ordering, sensor, plots)
        self.done.plots += len(plots)
        if refused:
            bad = {id(one.plot) for one in refused}
            plots = [timed for timed in plots if id(timed[2]) not in bad]
            self._refuse_plots(refused)
        self._note_scan(sensor, plots)

    def _pace(self, time_s: float) -> None:
        """Wait until a replayed plot is due; meanwhile track what is open."""
        if not math.isfinite(self.terms.speed):
            return
        if self._first_plot is None:
            self._first_plot, self._started = time_s, self.clock.now()
        due = self._started + (time_s - self._first_plot) / self.terms.speed
        if due > self.clock.now():
            self.rest()
        while (wait := due - self.clock.now()) > 0 and not self._stopped():
            self.clock.sleep(min(wait, _WAIT_S))

    def _note_scan(self, sensor: str, plots: list[Timed]) -> None:
        """Put accepted plots into block facts, one for each scan."""
        scan = self._scans.setdefault(sensor, [])
        scan_s = SCAN_SHARE * self.ordering.watches[sensor].model.scan_s
        for timed in plots:
            if scan and timed[0] >= scan[0][0] + scan_s:
                self._flush_scan(sensor)
                scan = self._scans.setdefault(sensor, [])
            scan.append(timed)

    def _flush_scan(self, sensor: str) -> None:
        scan = self._scans.pop(sensor)
        if scan:
            begun = scan[0][2].time_utc
            evidence, made_by = self._evidence_of(sensor)
            ids = "\n".join([id_ for _, id_, _ in scan])
            self._pending.append(
                PlotBlock(
                    id=content_id("plots", evidence, sensor, begun, ids),
                    evidence=evidence,
                    sensor=sensor,
                    time_utc=begun,
                    plots=tuple([plot for _, _, plot in scan]),
                    provenance=made_by,
                )
            )

    def _evidence_of(self, sensor: str) -> tuple[str, Provenance]:  # noqa: ARG002 - all are of one feed here
        """Return the id of the evidence that a sensor's plots came with, and their provenance."""
        return self.evidence.id, self._plots_of

    def _called(self, number: int) -> int:
        """Return the number by which a track of the tracker is known outside."""
        return number

    def _advance(self, *, eager: bool = False) -> None:
        info = ordering.advance(self.ordering, eager=eager)
        if info.refused:
            self._refuse_plots(info.refused)
        self._join(info.merged)
        if info.ended:
            self._finish(info.ended)
        if info.stepped:
            self._update()
            self._give_back(info.stepped)
        if self.clock.now() >= self._status_at + STATUS_S:
            self._status_at = self.clock.now()
            self._news.append(self._status())
        self._tell_done()

    def _give_back(self, stepped: int) -> None:
        """Have the background give back freed memory now and then, counted in looks: they free it."""
        self._looks += stepped
        if self._looks >= GIVEN_BACK_LOOKS:
            self._looks = 0
            self._back.give(give_back_memory)

    def _tell_done(self) -> None:
        """Tell what there is to tell, in its order, as far as the background has made it."""
        while self._news:
            news = self._news[0]
            if isinstance(news, Future):
                if not news.done():
                    return
                news = news.result()
            self._news.popleft()
            if isinstance(news, Ended) and self.terms.keep:
                self.done.tracks.append(news.track)
            self._tell(news)

    def _update(self) -> None:
        """Tell and log the newest state of each track whose last one is old enough."""
        told, every_s = self._told, self.terms.every_s
        for track in self.ordering.tracker.confirmed:
            before = told.get(track.number)
            if track.live and (before is None or track.time_s >= before + every_s):
                told[track.number] = track.time_s
                self._log_state(track, first=before is None)

    def _log_state(self, track: TrackState, *, first: bool) -> None:
        """Have a track's state told and logged as it is now: the background may find it farther on."""
        self._states += 1
        number, status, place = self._called(track.number), track.status, str(self._states)
        infrared = tuple(lines_of(self.ordering.tracker, track))
        update = self._back.give(self._state, track.number, track, track.history, len(track.history), infrared)

        def logged() -> Value:
            run, now = self.context.run_id, update.result()
            return TrackedState(
                id=content_id("state", run, str(number), now.time_utc, place),
                run=run,
                track=number,
                status=status,
                update=now,
                provenance=self._tracks_of,
            )

        def told() -> News:
            return Updated(number, status, update.result(), first)

        self._pending.append(self._back.give(logged))
        self._news.append(self._back.give(told))

    def _state(
        self, number: int, track: TrackState, history: list[History], count: int, infrared: tuple[Line, ...]
    ) -> TrackUpdate:
        """Return a track's state as of the first `count` of its history. The background's own."""
        launching = self._launches.setdefault(number, Launching())
        return state_now(track, history[:count], launching=launching, infrared=infrared)

    def _forget(self, number: int) -> None:
        """Forget what was told of a track that is over, and have the background forget its launch."""
        self._told.pop(number, None)
        self._back.give(self._launches.pop, number, None)

    def _join(self, merged: list[Merger]) -> None:
        """Tell and log which confirmed tracks turned out to be others' objects."""
        for number, into, time_s in merged:
            self._forget(number)
            number, into = self._called(number), self._called(into)  # noqa: PLW2901
            run, time_utc = self.context.run_id, format_instant(time_s)
            self._pending.append(
                TrackMerger(
                    id=content_id("merger", run, str(number), str(into), time_utc),
                    run=run,
                    track=number,
                    into=into,
                    time_utc=time_utc,
                    provenance=self._tracks_of,
                )
            )
            self._news.append(Merged(number, into, time_utc))

    def _finish(self, ended: list[TrackState]) -> None:
        """Have ended tracks told and logged; a posterior needs the tracker as it stands, and is waited for."""
        for track in ended:
            number = self._called(track.number)
            self._forget(track.number)
            self._ended += 1
            if self.terms.posterior:
                whole = self._whole(track)
                self._pending.append(whole)
                self._news.append(Ended(number, whole))
            else:
                brief = self._back.give(finish_briefly, track, self._tracks_of)
                self._pending.append(brief)
                self._news.append(self._back.give(_ended, number, brief))

    def _whole(self, track: TrackState) -> Track:
        """Return an ended track with its launch and posterior."""
        at = self.ordering.tracker
        return finish(at, track, rng=self._rng, provenance=self._tracks_of, updates="last").track

    def _refuse_plots(self, refused: list[Refused]) -> None:
        self.done.plots -= len(refused)
        for one in refused:
            self._stream.refuse(f"plot {one.plot.id}", one.reason, one.plot.time_utc, one.allowed)

    def _refuse(self, rejection: Rejection) -> None:
        self._pending.append(rejection)
        self._news.append(rejection)

    def _count_lost(self, source: Source, *, last: bool = False) -> None:
        now = self.clock.now()
        if source.lost > self._lost and (last or now >= self._lost_at + _LOST_S):
            count = source.lost - self._lost
            reason = f"lost: {count} datagrams came faster than they were taken"
            self._stream.refuse("datagrams", reason, count, count=count)
            self._lost, self._lost_at = source.lost, now

    def _commit(self) -> None:
        self._committed = self.clock.now()
        if self._pending:
            self._back.give(self._write, self._pending)
            self._pending = []

    def _write(self, facts: list[Value | Future[Any]]) -> None:
        self._append([fact.result() if isinstance(fact, Future) else fact for fact in facts])

    def _status(self) -> Status:
        newest = self.ordering.newest
        return Status(
            plots=self.done.plots,
            refused=self._stream.refused,
            live=0 if self._closed else sum(track.live for track in self.ordering.tracker.confirmed),
            ended=self._ended,
            newest_utc=format_instant(newest) if math.isfinite(newest) else None,
            watched_s=self.clock.now() - self._begun,
        )


def watch(
    source: str,
    *,
    sensors: Path | None = None,
    sites: Path | None = None,
    log: Path | None = None,
    as_of_utc: str | None = None,
    terms: Terms | None = None,
    seed: int = 0,
    tell: Tell = _silent,
    stopped: Callable[[], bool] = lambda: False,
    clock: Clock | None = None,
) -> Watched:
    """Watch `-`, `tcp://HOST:PORT`, `unix:PATH`, `udp://HOST:PORT` or a recording's file until it ends."""
    clock, terms = clock or SystemClock(), terms or Terms()
    context = new_context(Settings(), seed=seed, as_of_utc=as_of_utc)
    known = sensors.read_bytes() if sensors is not None else b""
    with ExitStack() as stack:
        append: Append = _nowhere
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            append = stack.enter_context(EvidenceLog(log, writable=True)).append
        opened, evidence, in_datagrams = open_source(source, context, clock, one_by_one=math.isfinite(terms.speed))
        stack.callback(opened.close)
        radars = load_sites(sites) if in_datagrams else None
        watcher = Watcher(
            evidence, context, terms, clock, sites=radars, append=append, tell=tell, stopped=stopped
        )  # fmt: skip
        return watcher.run(opened, known)
