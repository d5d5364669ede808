"""The process `common` of a node: one tracker over own plots and those that partners released to us.

What it says (`common`) stands beside the own and the partners' assessments and warns of nothing. Own tracks never
use a partner's plot, and a partner's track stays the partner's.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    CommonState,
    PartnerFact,
    Plot,
    PlotBlock,
    Sensor,
    TrackedState,
    Value,
    recording_line,
)
from launchwatch.facts.shared import shared_decoder
from launchwatch.feeds.pcap import Received
from launchwatch.run.clock import Clock
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.feeding import Fed, Feeds
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.node_settings import FeedSettings, clock_of, load_node_settings
from launchwatch.run.nodes import log_of, socket_of
from launchwatch.run.opening import feed_fact
from launchwatch.run.ports import Reads
from launchwatch.run.tracking import COMMIT_S, REBUILT_S, NodeWatch
from launchwatch.run.watching import Terms

CURSOR = "common.from"
OWN = "own"
_CHUNK = 200
_MARKED_S = 15.0


class LogPlots:
    """Own and partners' plots in a log as a feed of lines; `seq` is the last row read. See `Source`."""

    origin, lost, over = "own and partners' plots", 0, False

    def __init__(self, reader: Reads, after: int) -> None:
        self._reader, self.seq = reader, after
        self.newest_s = -math.inf

    def begin(self) -> Received:
        """Return the lines of all sensors that are known: they stand far back in the log."""
        return Received(
            None, b"".join(self._lines(self._reader.rows("sensor"), sensors_of_partners(self._reader)))
        )

    def receive(self, wait_s: float) -> Received | None:
        """Return the lines of what is new in the log."""
        if wait_s and not self._reader.wait(self.seq, wait_s):
            return None
        rows = list(islice(self._reader.rows("sensor", "plots", "partner", after=self.seq), _CHUNK))
        if not rows:
            return None
        self.seq = rows[-1].seq
        return Received(None, b"".join(self._lines(rows)))

    def _lines(self, *many: Any) -> Iterator[bytes]:  # noqa: ANN401 - rows
        for rows in many:
            for row in rows:
                yield from lines_of(row.fact())

    def close(self) -> None:
        """Nothing is to be closed: the reader is another's."""


def sensors_of_partners(reader: Reads) -> Iterator[Any]:
    """Yield the rows of sensors that partners shared."""
    for row in reader.rows("partner"):
        fact = row.fact()
        if isinstance(fact, PartnerFact) and fact.kind == "sensor":
            yield row


def lines_of(fact: Value) -> Iterator[bytes]:
    """Yield a fact's sensors and plots as lines of a recording, each partner's under the partner's name."""
    if isinstance(fact, Sensor):
        yield recording_line(fact)
    elif isinstance(fact, PlotBlock):
        yield from map(recording_line, fact.plots)
    elif isinstance(fact, PartnerFact) and fact.kind in ("sensor", "plots"):
        try:
            shared = msgspec.to_builtins(shared_decoder(fact.kind).decode(fact.body.encode()))
            yield from _partner_lines(fact, shared)
        except (msgspec.MsgspecError, KeyError):
            return  # a view that withholds what a tracker needs


def _partner_lines(fact: PartnerFact, shared: dict[str, Any]) -> Iterator[bytes]:
    said = {name: value for name, value in shared.items() if value is not None}
    if fact.kind == "sensor":
        yield recording_line(msgspec.convert({**said, "id": f"{fact.partner}/{said['id']}"}, Sensor))
        return
    sensor = f"{fact.partner}/{said['sensor']}"
    for number, plot in enumerate(said["plots"]):
        row = {name: value for name, value in plot.items() if value is not None}
        id_ = f"{fact.partner}/{fact.digest[:16]}-{number}"
        yield recording_line(msgspec.convert({**row, "id": id_, "sensor": sensor}, Plot))


def owners_of(state: TrackedState) -> tuple[str, ...]:
    """Return whose plots a common state rests on."""
    sensors = [one.sensor for one in state.update.support]
    return tuple(sorted({sensor.partition("/")[0] if "/" in sensor else OWN for sensor in sensors}))


def common_states(facts: Sequence[Value], since_s: float) -> list[CommonState]:
    """Return those states that rest on a partner's plots too, and speak of a time after the start."""
    found = []
    for fact in facts:
        if isinstance(fact, TrackedState) and parse_instant(fact.update.time_utc) > since_s:
            owners = owners_of(fact)
            if owners and owners != (OWN,):
                found.append(
                    CommonState(
                        id=content_id("common", fact.id), run=fact.run, track=fact.track, status=fact.status,
                        update=fact.update, owners=owners, provenance=fact.provenance,
                    )
                )  # fmt: skip
    return found


def newest_plot_s(reader: Reads, after: int) -> float:
    """Return the newest time of any plot in the log (Unix, s): what was said up to then was said."""
    newest = -math.inf
    for row in reader.rows("plots", after=after):
        fact = row.fact()
        if isinstance(fact, PlotBlock):
            newest = max(newest, parse_instant(fact.time_utc))
    return newest


def track_together(folder: Path, stopped: Callable[[], bool], clock: Clock | None = None) -> None:
    """Track own and partners' plots together until stopped."""
    settings = load_node_settings(folder)
    clock = clock or clock_of(settings)
    with LogClient(socket_of(folder, settings)) as client, LogReader(log_of(folder, settings)) as reader:
        status = Settings(status="actual" if settings.realm == "live" else "exercise")
        context = new_context(status, as_of_utc=format_instant(clock.now()))
        begin = client.cursor(CURSOR)
        source = LogPlots(reader, begin)
        since_s = newest_plot_s(reader, begin)
        watch = _watch(source, context, settings.policy.update_s, clock, client, since_s, stopped)
        watch.run(watch.feeds)


def _watch(
    source: LogPlots, context: Context, every_s: float, clock: Clock, client: LogClient, since_s: float,
    stopped: Callable[[], bool],
) -> NodeWatch:  # fmt: skip
    fed = Fed(FeedSettings(source="log"), feed_fact(source.origin, context), in_datagrams=False, is_file=False)
    fed.source = source
    feeds = Feeds([fed], clock, lambda *_: None)
    marks: list[tuple[float, int]] = []

    def append(facts: Sequence[Value]) -> int:
        found = common_states(facts, since_s)
        if found:
            client.append(found)
        now = clock.now()
        if not marks or now >= marks[-1][0] + _MARKED_S:
            marks.append((now, source.seq))
            while len(marks) > 1 and marks[1][0] <= now - REBUILT_S:
                del marks[0]
            client.set_cursor(CURSOR, marks[0][1])
        return source.seq

    terms = Terms(every_s=every_s, posterior=False, keep=False, commit_s=COMMIT_S)
    watch = NodeWatch(feeds, context, terms, clock, append=append, stopped=stopped, ticks=False)
    watch.begin_with(source.begin())
    return watch
