"""The `display` process: the newest state of every track as Cursor-on-Target to the TAK servers of a node.

A display shows what is now: what was tracked while a server was away is not sent later, and nothing of the warning
chain waits for it. What it sends is marked by the node's realm; who may see it is who may reach that server.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from launchwatch import __version__
from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.channels.messages import Channel, Message
from launchwatch.channels.tak import TakChannel
from launchwatch.facts import Alarm, Heartbeat, Provenance, Standing, TrackedState, Value
from launchwatch.run.clock import Clock
from launchwatch.run.node_settings import NodeSettings
from launchwatch.run.ports import Appends, Reads
from launchwatch.run.warning_parts import STATUS_OF
from launchwatch.tell.cot import cot_event

WAIT_S = 0.25
"""States come once a second: an operator sees them within a quarter more."""

BEAT_S = 1.0
RETRY_S = 2.0
"""After a server did not take an event: short against the time for which an event counts as new."""


class Follows(Reads, Protocol):
    """A log's reader that also tells where the log ends."""

    def seq(self) -> int:
        """Return the newest row's number."""


@dataclass
class Display:
    """One TAK server. State: until when it is left alone, and since when it takes nothing."""

    name: str
    channel: Channel
    not_before_s: float = 0.0
    away_s: float | None = None

    def show(self, events: list[Message], now_s: float) -> Alarm | None:
        """Send events; return the alarm that rings when the server goes away or comes back."""
        if now_s < self.not_before_s:
            return None
        try:
            for event in events:
                self.channel.send(event)
        except OSError as error:
            self.not_before_s = now_s + RETRY_S
            if self.away_s is not None:
                return None
            self.away_s = now_s
            return self._alarm("raised", now_s, f"the display takes nothing: {error}")
        if self.away_s is None or not events:
            return None
        alarm = self._alarm("cleared", now_s, "the display takes events again")
        self.away_s = None
        return alarm

    def _alarm(self, state: Literal["raised", "cleared"], now_s: float, reason: str) -> Alarm:
        now, since = format_instant(now_s), format_instant(self.away_s if self.away_s is not None else now_s)
        return Alarm(
            id=content_id("alarm", "channel", self.name, state, since),
            what="channel",
            name=self.name,
            state=state,
            since_utc=since,
            time_utc=now,
            reason=reason,
            provenance=Provenance(author=f"launchwatch {__version__} run.displaying", created_utc=now),
        )


@dataclass
class Showing:
    """All displays of a node. State: the last row taken, and the newest state of each track since then."""

    node: str
    status: Standing
    displays: list[Display]
    seq: int
    newest: dict[tuple[str, int], TrackedState] = field(default_factory=dict)

    def take(self, reader: Reads) -> None:
        """Read on: of each track only the newest state is shown."""
        for row in reader.rows("state", after=self.seq):
            self.seq = row.seq
            fact = row.fact()
            if isinstance(fact, TrackedState):
                self.newest[fact.run, fact.track] = fact

    def show(self, now_s: float) -> list[Alarm]:
        """Send what is new to every display; return the alarms that ring."""
        events, self.newest = list(self._events()), {}
        rung = [display.show(events, now_s) for display in self.displays]
        return [alarm for alarm in rung if alarm is not None]

    def _events(self) -> Iterator[Message]:
        for (run, track), state in self.newest.items():
            uid = content_id(f"launchwatch.{self.node}", run, str(track))
            try:
                event = cot_event(state.update, uid=uid, callsign=f"{self.node} track {track}", status=self.status)
            except InputError:
                continue  # a state that no display could draw stands in the log all the same
            yield Message(state.id, event, b"", "xml", "track.cot")


def display(
    settings: NodeSettings, client: Appends, reader: Follows, clock: Clock, stopped: Callable[[], bool]
) -> None:
    """Show tracks on the channels of kind cot until stopped."""
    displays = [Display(name, TakChannel(one.to)) for name, one in settings.channels.items() if one.kind == "cot"]
    showing = Showing(settings.name, STATUS_OF[settings.realm], displays, reader.seq())
    beat_s = float("-inf")
    try:
        while not stopped():
            reader.wait(showing.seq, WAIT_S)
            showing.take(reader)
            now_s = clock.now()
            facts: list[Value] = list(showing.show(now_s))
            if now_s >= beat_s + BEAT_S:
                beat_s, now = now_s, format_instant(now_s)
                facts.append(
                    Heartbeat(id=content_id("heartbeat", "display", now), process="display", time_utc=now)
                )
            if facts:
                client.append(facts)
    finally:
        for one in displays:
            one.channel.close()
