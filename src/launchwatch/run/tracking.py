"""The process `track` of a node: feeds to plots, states of tracks, refusals and ticks in the log, as they come.

It may be killed at any moment. A replay starts again from its beginning, at once up to where it stood, and makes
the same facts with the same ids, which the log holds once: what it tells depends on the recording alone, since
open looks are tracked where the recording pauses, not where the machine does. A feed cannot be asked again: the
tracker is rebuilt from the log's plots since the last quiet moment, and its tracks get back their numbers.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.estimate.track import ordering
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.estimate.track.tracker import TrackState
from launchwatch.facts import (
    Alarm,
    Heartbeat,
    PlotBlock,
    Provenance,
    Sensor,
    Tick,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Value,
    recording_line,
)
from launchwatch.feeds.inbox import Source
from launchwatch.feeds.pcap import Received
from launchwatch.keep.blobs import Blobs
from launchwatch.observe.streams import DatagramStream, LineStream
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.clock import Clock
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.feeding import Fed, Feeds, Told, is_file, open_feeds
from launchwatch.run.intake import Append, load_sites
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.node_settings import NodeSettings, clock_of, load_node_settings
from launchwatch.run.nodes import blobs_of, keep_files, log_of, socket_of
from launchwatch.run.ports import Appends
from launchwatch.run.raw_feeds import RawFeeds, alarm_of, since_when
from launchwatch.run.warming import warm_up
from launchwatch.run.watching import Terms, Watched, Watcher

COMMIT_S = 0.02
"""Facts wait at most so long to be logged: a partner shall see them 150 ms after the plot."""

PAUSE_S = 0.02
"""A pause of a recording at which open looks are tracked: a fifth of the fastest scan, so a burst is whole."""

REBUILT_S = 900.0
"""Plots so old are enough to rebuild a track: the longest flight that is warned of takes half an hour, and a state
does not get better by a quarter of an hour's older plots."""

MARKED_S = 15.0
"""How often it is noted from where on the log must be read to rebuild."""

SAME_TRACK_M = 10_000.0
"""A rebuilt track is the one that was known where their places at one time differ by less."""

RAW_PATIENCE_S = 1.0
"""How long raw evidence waits for a keeper that is away, s: its facts are owed and told with the next."""

BEAT_S = 1.0
"""Signs of life: five may be missed within the watchdog's limit."""

_LONGEST_TICKS_S = 600  # of a longer gap in a recording only the end ticks
_TURN_S = 0.05
_BY = "run.tracking"


@dataclass
class Rebuilt:
    """What the log knew of this run: its plots' ids, the last state of each track, how many states were told.

    `until_s` is the newest plot's time: once none of before is taken any more, the ids are let go. `numbers` are
    the numbers of the rebuilt tracks by the tracker's own; `offset` is added to a new one's.
    """

    plots: set[str] = field(default_factory=set)
    until_s: float = math.inf
    last: dict[int, TrackedState] = field(default_factory=dict)
    states: int = 0
    numbers: dict[int, int] = field(default_factory=dict)
    offset: int = 0


class NodeWatch(Watcher):
    """The watch of all feeds of a node. Besides a `Watcher`'s state: streams, ticks, marks of the log.

    `mark(seq)` keeps from where on the log is to be read to rebuild; `resumed_s` is the time up to which a replay
    does not wait. `by_clock` lets a replayed plot wait until the clock shows its time, as in a drill, so that all
    nodes see what is now, and one that was away comes back to it.
    """

    def __init__(
        self, feeds: Feeds, context: Context, terms: Terms, clock: Clock, *, folder: Path = Path(),
        append: Append, stopped: Callable[[], bool] = lambda: False, resumed_s: float = -math.inf,
        mark: Callable[[int], object] = lambda _: None, ticks: bool = True, process: str | None = None,
        by_clock: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(feeds.fed[0].evidence, context, terms, clock, append=append, stopped=stopped)
        self.feeds, self._resumed_s, self._mark, self._ticks = feeds, resumed_s, mark, ticks
        self._streams = [self._stream_of(folder, one) for one in feeds.fed]
        self._made_by = [context.provenance("observe.streams", (one.evidence.id,)) for one in feeds.fed]
        self._feed_of: dict[str, int] = {}
        self._known = [_sensor_lines(folder, one) for one in feeds.fed]
        self._newest, self._ticked = -math.inf, -math.inf
        self._marks: list[tuple[float, int]] = []
        self._seq = 0
        self._over_s, self._over_from = math.inf, -math.inf
        self._process, self._beat_s = process, -math.inf
        self._plots_s: dict[int, float] = {}
        self._by_clock = by_clock
        self.rebuilt = Rebuilt()

    def _stream_of(self, folder: Path, one: Fed) -> LineStream:
        made_by = self.context.provenance("observe.streams", (one.evidence.id,))
        if not one.in_datagrams:
            return LineStream(one.evidence.id, made_by)
        sites = load_sites(folder / one.settings.sites if one.settings.sites else None)
        return DatagramStream(one.evidence.id, made_by, sites, parse_instant(self.context.as_of_utc))

    def _run(self, source: Source, sensors: bytes = b"") -> Watched:  # noqa: ARG002 - each feed has its own
        self._pending += [self.context.start_fact(), *(one.evidence for one in self.feeds.fed)]
        for at, known in enumerate(self._known):
            if known:
                self.feeds.at = at
                self.take(Received(None, known))
        self._commit()
        while not self._stopped():
            self._turn(source)
        if not self._closed:
            self.rest()
        source.close()
        self._commit()
        self._back.wait()
        return self.done

    def begin_with(self, piece: Received) -> None:
        """Have a piece taken before all others: sensors that the feed does not describe."""
        self._known[0] += piece.payload

    def _turn(self, source: Source) -> None:
        """Take what comes next, or rest; after the last of a replay close it, and let only time go on."""
        piece = source.receive(0.0)
        if piece is None and source.over:
            if not self._closed:
                self.close()
            self.clock.sleep(_TURN_S)
        elif piece is None:
            self.rest()
            piece = source.receive(_TURN_S)
        if piece is not None:
            self.take(piece)
        self._tick_by_clock()
        self._count_lost(source)

    def take(self, piece: Received | InputError) -> None:
        """Decode and track one piece of the feed that it came from."""
        self._stream = self._streams[self.feeds.at]
        super().take(piece)

    def rest(self) -> None:
        """Log the plots of scans that are open, track them, log their states: nothing waits for another plot."""
        for sensor in list(self._scans):
            self._flush_scan(sensor)
        self._advance(eager=True)
        self._commit()
        self._tell_done()
        self._note_place()

    def close(self) -> Watched:
        """Take what is left of every feed, finish all tracks, and close the run in the log."""
        for stream in self._streams[:-1]:
            self._stream = stream
            self._take(stream.end())
        self._stream = self._streams[-1]
        return super().close()

    def _meet(self, sensor: Sensor) -> None:
        self._feed_of[sensor.id] = self.feeds.at
        super()._meet(sensor)

    def _evidence_of(self, sensor: str) -> tuple[str, Provenance]:
        at = self._feed_of.get(sensor, 0)
        return self.feeds.fed[at].evidence.id, self._made_by[at]

    def _take_run(self, sensor: str, plots: list[ordering.Timed]) -> None:
        self._plots_s[self.feeds.at] = max(plots[-1][0], self._plots_s.get(self.feeds.at, -math.inf))
        known = self.rebuilt.plots
        if known and self.ordering.floor > self.rebuilt.until_s:
            known.clear()
        if known:
            plots = [timed for timed in plots if timed[1] not in known]
        super()._take_run(sensor, plots)

    def _note_scan(self, sensor: str, plots: list[ordering.Timed]) -> None:
        """Put plots into blocks; log those of scans that are over by any sensor's time, though nothing follows."""
        super()._note_scan(sensor, plots)
        newest = self.ordering.newest
        for other, scan in list(self._scans.items()):
            if scan and newest >= scan[0][0] + self.ordering.watches[other].model.scan_s:
                self._flush_scan(other)

    def _called(self, number: int) -> int:
        return self.rebuilt.numbers.get(number, number + self.rebuilt.offset)

    # -- time ------------------------------------------------------------------------------------------------

    def _pace(self, time_s: float) -> None:
        """Let a replay's time go on to the next plot: rest where it pauses, tick, and wait where it is paced."""
        if not self.feeds.is_replay:
            return
        if time_s >= self._newest + PAUSE_S and math.isfinite(self._newest):
            self.rest()
        self._tick_until(time_s)
        self._wait_for(time_s)
        self._newest = max(self._newest, time_s)

    def _tick_until(self, time_s: float) -> None:
        if not math.isfinite(self._ticked):
            self._ticked = math.floor(time_s) - 1.0
        self._ticked = max(self._ticked, math.floor(time_s) - _LONGEST_TICKS_S)
        while self._ticked + 1 <= time_s:
            self._wait_for(self._ticked + 1)
            self._tick(self._ticked + 1)

    def _wait_for(self, time_s: float) -> None:
        """Wait until an instant of a replay is due; what was there before the restart waits for nothing."""
        if time_s <= self._resumed_s or not math.isfinite(self.terms.speed):
            return
        if self._first_plot is None:
            self._first_plot, self._started = time_s, self.clock.now()
        due = self._started + (time_s - self._first_plot) / self.terms.speed
        if self._by_clock:
            due = time_s
        if due > self.clock.now():
            self._commit()
        while (wait := due - self.clock.now()) > 0 and not self._stopped():
            self._beat()
            self.clock.sleep(min(wait, _TURN_S))

    def _beat(self) -> None:
        """Say each second that the process lives, and how new each live feed's plots are."""
        now = self.clock.now()
        if self._process is None or now < self._beat_s + BEAT_S:
            return
        self._beat_s, said = now, format_instant(now)
        feeds = {} if self.feeds.is_replay else self._plots_s
        newest = {self.feeds.fed[at].evidence.origin: format_instant(time_s) for at, time_s in feeds.items()}
        self._pending.append(
            Heartbeat(
                id=content_id("heartbeat", self._process, said), process=self._process, time_utc=said, feeds=newest
            )
        )
        self._commit()

    def _tick(self, time_s: float) -> None:
        self._ticked = time_s
        if self._ticks:
            source = "plots" if self.feeds.is_replay else "clock"
            at = format_instant(time_s)
            self._pending.append(
                Tick(id=content_id("tick", self.context.run_id, source, at), time_utc=at, source=source)  # type: ignore[arg-type]
            )

    def _tick_by_clock(self) -> None:
        """Tick each second of the clock; after a replay its own time goes on at the replay's pace."""
        self._beat()
        now = self.clock.now()
        if not self.feeds.is_replay:
            if math.floor(now) > self._ticked:
                self._tick(math.floor(now))
                self._commit()
        elif self._closed and math.isfinite(self._ticked):
            speed = self.terms.speed if math.isfinite(self.terms.speed) else 1.0
            if not math.isfinite(self._over_s):
                self._over_s, self._over_from = now, now if self._by_clock else max(self._ticked, self._resumed_s)
            while self._ticked + 1 <= self._over_from + (now - self._over_s) * speed:
                self._tick(self._ticked + 1)
            self._commit()

    # -- the log ---------------------------------------------------------------------------------------------

    def _write(self, facts: list[Value | Future[Any]]) -> None:
        made = [fact.result() if isinstance(fact, Future) else fact for fact in facts]
        seq = self._append(made)
        self._seq = seq if isinstance(seq, int) else 0

    def _note_place(self) -> None:
        """Note now and then from where on the log must be read to rebuild what is being tracked."""
        now = self.clock.now()
        if self.feeds.is_replay or (self._marks and now < self._marks[-1][0] + MARKED_S):
            return
        if not self.ordering.tracker.living:
            self._marks = []
        self._marks.append((now, self._seq))
        while len(self._marks) > 1 and self._marks[1][0] <= now - REBUILT_S:
            del self._marks[0]
        self._back.give(self._mark, self._marks[0][1])

    def rebuild(self, rows: Iterable[Value]) -> None:
        """Rebuild the tracker from this run's facts in the log's order, telling nothing; number its tracks."""
        feeds = {one.evidence.id: at for at, one in enumerate(self.feeds.fed)}
        known, blocks, sensors = self.rebuilt, list[PlotBlock](), dict[str, Sensor]()
        for fact in rows:
            if isinstance(fact, Sensor):
                sensors[fact.id] = fact
                ordering.meet(self.ordering, sensor_model(fact))
            elif isinstance(fact, PlotBlock) and fact.evidence in feeds:
                blocks.append(fact)
            elif isinstance(fact, TrackedState) and fact.run == self.context.run_id:
                known.last[fact.track] = fact
                known.states += 1
            elif isinstance(fact, TrackMerger) and fact.run == self.context.run_id:
                known.last.pop(fact.track, None)
        self._retrack(blocks, feeds)
        for id_, sensor in sensors.items():
            at = self._feed_of.get(id_)
            for stream in self._streams if at is None else self._streams[at : at + 1]:
                stream.feed(recording_line(sensor))  # a feed that goes on need not describe its sensors again
        self._states = known.states
        known.offset = max(known.last, default=0)
        known.numbers = matched(self.ordering.tracker.confirmed, known.last.values())
        for number, called in known.numbers.items():
            self._told[number] = parse_instant(known.last[called].update.time_utc)

    def _retrack(self, blocks: list[PlotBlock], feeds: dict[str, int]) -> None:
        """Track logged plots again in order of time: a block is logged when its scan is over, some late."""
        for block in sorted(blocks, key=lambda block: block.time_utc):
            if block.sensor in self.ordering.watches:
                self._feed_of[block.sensor] = feeds[block.evidence]
                self.rebuilt.plots.update(plot.id for plot in block.plots)
                ordering.take(self.ordering, block.sensor, ordering.timed_plots(block))
                ordering.advance(self.ordering)
        ordering.advance(self.ordering, eager=True)
        self.rebuilt.until_s = self.ordering.newest


def _sensor_lines(folder: Path, one: Fed) -> bytes:
    """Return the lines of a feed's sensors, where they come from a file of their own."""
    lines = (folder / one.settings.sensors).read_bytes() if one.settings.sensors else b""
    return lines if not lines or lines.endswith(b"\n") else lines + b"\n"


def matched(tracks: Sequence[TrackState], states: Iterable[TrackedState]) -> dict[int, int]:
    """Return the known number of each rebuilt track: pairs of least distance at the known states' times first."""
    pairs = sorted(
        (apart, track.number, state.track)
        for state in states
        for track in tracks
        if (apart := _apart_m(track, state.update)) <= SAME_TRACK_M
    )
    numbers: dict[int, int] = {}
    for _, number, known in pairs:
        if number not in numbers and known not in numbers.values():
            numbers[number] = known
    return numbers


def _apart_m(track: TrackState, update: TrackUpdate) -> float:
    """Return the distance between a track and a known state, carried on a straight line to the state's time."""
    time_s = parse_instant(update.time_utc)
    if not track.history:
        return math.inf
    near = min(track.history, key=lambda h: abs(h.time_s - time_s))
    dt = time_s - near.time_s
    if abs(dt) > 5.0:
        return math.inf
    there = near.mean[:3] + near.mean[3:6] * dt
    return float(np.linalg.norm(there - np.asarray(update.position_ecef_m)))


def track(
    folder: Path,
    stopped: Callable[[], bool],
    clock: Clock | None = None,
    before_feeds: Callable[[], None] = lambda: None,
) -> None:
    """Track a node's feeds into its log until stopped; resumes where it was broken off.

    `before_feeds` is called once all that computes is warm.
    """
    settings = load_node_settings(folder)
    clock = clock or clock_of(settings)
    if not settings.feeds:
        raise InputError("the node has no feeds", given=settings.name, try_="[[feeds]] in node.toml")
    with LogClient(socket_of(folder, settings)) as client, LogReader(log_of(folder, settings)) as reader:
        context = _context(settings, client, clock)
        warm_up(context, clock)
        before_feeds()
        away = {name: one.since_utc for (_, name), one in standing_alarms(reader.rows("alarm"), by=_BY).items()}
        keep_files((folder / one.source for one in settings.feeds if is_file(one)), folder, settings)
        feeds = open_feeds(folder, settings.feeds, context, clock, _teller(client, context, clock, away))
        for fed in feeds.fed:
            fed.away = fed.evidence.origin in away
        speed = next((one.speed for one in settings.feeds if one.speed is not None), math.inf)
        terms = Terms(
            every_s=settings.policy.update_s, speed=speed, posterior=False, keep=False,
            commit_s=COMMIT_S * (settings.pace.speed if settings.pace else 1.0),
        )  # fmt: skip
        name = f"track.from.{context.run_id}"
        watch = NodeWatch(
            feeds, context, terms, clock, folder=folder, append=client.append, stopped=stopped,
            resumed_s=_ticked_until(reader, context) if feeds.is_replay else -math.inf,
            mark=lambda seq: client.set_cursor(name, seq), process="track", by_clock=settings.pace is not None,
        )  # fmt: skip
        if not feeds.is_replay:
            watch.rebuild(_to_rebuild(reader, client.cursor(name)))
        with keep_raw_feeds(folder, settings, feeds, client, reader, clock):
            watch.run(feeds)


@contextmanager
def keep_raw_feeds(
    folder: Path, settings: NodeSettings, feeds: Feeds, client: Appends, reader: LogReader, clock: Clock
) -> Iterator[None]:
    """Keep what live feeds bring as it came, over a connection of its own: plots wait for none of it."""
    since = since_when(reader.rows("alarm"))
    if feeds.is_replay or not settings.keep_raw:
        if since is not None:
            client.append([alarm_of("cleared", since, clock.now(), "raw evidence is not asked for any more")])
        yield
        return
    blobs, streams = Blobs(blobs_of(folder, settings)), [(one.evidence, one.in_datagrams) for one in feeds.fed]
    with (
        LogClient(socket_of(folder, settings), patience_s=RAW_PATIENCE_S) as own,
        RawFeeds(streams, blobs, own.append, clock, since=since) as raw,
    ):
        feeds.raw = raw.take
        yield


def _context(settings: NodeSettings, client: LogClient, clock: Clock) -> Context:
    """Return the context of these feeds' run, the same after every restart: its clock is kept as a cursor."""
    feeds = content_id("feeds", *(one.source for one in settings.feeds))
    name = f"track.begun.{feeds}"
    begun_us = client.cursor(name)
    if not begun_us:
        begun_us = round(clock.now() * 1e6)
        client.set_cursor(name, begun_us)
    made = Settings(status="actual" if settings.realm == "live" else "exercise")
    return new_context(made, as_of_utc=format_instant(begun_us / 1e6))


def _ticked_until(reader: LogReader, context: Context) -> float:
    """Return the newest tick of this run's replay: what came before it waits for nothing."""
    newest = -math.inf
    for row in reader.rows("tick"):
        tick = row.fact()
        if isinstance(tick, Tick) and tick.source == "plots":
            at = parse_instant(tick.time_utc)
            if at > newest and tick.id == content_id("tick", context.run_id, "plots", tick.time_utc):
                newest = at
    return newest


def _to_rebuild(reader: LogReader, after: int) -> Iterable[Value]:
    for row in reader.rows("sensor"):
        yield row.fact()
    for row in reader.rows("plots", "state", "merger", after=after):
        yield row.fact()


def _teller(client: LogClient, context: Context, clock: Clock, since: dict[str, str]) -> Told:
    """Return what makes an alarm of a feed that goes away or is back; `since` has those that are away already."""

    def told(name: str, state: Any, reason: str) -> None:  # noqa: ANN401
        now = format_instant(clock.now())
        begun = since.pop(name, now) if state == "cleared" else since.setdefault(name, now)
        alarm = Alarm(
            id=content_id("alarm", "feed", name, state, now), what="feed", name=name, state=state, since_utc=begun,
            time_utc=now, reason=reason, provenance=context.provenance(_BY),
        )  # fmt: skip
        client.append([alarm])

    return told
