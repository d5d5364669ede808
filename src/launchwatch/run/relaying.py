"""From a node's log to one partner's stream: the log is the outbox.

Rows are read in order, shown to the partner as far as labels and views let them (`tell.sharing`), and numbered.
What goes is first written to the log (`shared`: numbers, facts, digests, instant), then published, so that a
restart makes the same messages again, byte for byte, from wherever the broker's stream ends: it is never the only
copy.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.bus import Bus, BusError, Outgoing
from launchwatch.facts import PartnerFact, Provenance, Rejection, Value
from launchwatch.facts.message import FIRST
from launchwatch.facts.partners import Shared as Ledger
from launchwatch.facts.shared import SUBJECTS, TIMES
from launchwatch.run.labelling import Labels
from launchwatch.run.node_settings import PartnerSettings
from launchwatch.run.ports import LoggedRow, Reads
from launchwatch.tell.cloudevents import cloud_event
from launchwatch.tell.sharing import Feed, Shared, share, share_no_more, start_feed

KINDS = ("labels", "widening", "evidence", "report", "partner", *SUBJECTS)
"""What a relay reads: what may go, and what its labels rest on."""

BATCH = 64
"""Messages that are written to the log and published together: one commit for many, and a few ms for none."""

REMEMBERED = 2000
"""Messages kept in memory for a broker that comes back with less than it had."""

CHUNK = 500  # rows read at a time, so that a long way to catch up is told of and can be stopped


@dataclass(frozen=True)
class Numbered:
    """One message: its number, the one `before` it in the stream, the fact shown, the bytes and their digest."""

    number: int
    before: int
    fact: str
    subject: str
    data: bytes
    digest: str


class Past:
    """What the log says of messages that went: their numbers by fact, when they went, their digests.

    State: the numbers of each fact that were not asked for yet; a fact told anew under its id has several.
    """

    def __init__(self, sent: Iterable[Ledger]) -> None:
        self._numbers: dict[str, deque[int]] = {}
        self._sent_s: dict[int, float] = {}
        self.digests: dict[int, str] = {}
        self.last = self.through = 0
        for one in sent:
            self.through = max(self.through, one.through)
            for number, (fact, digest) in enumerate(zip(one.facts, one.digests, strict=True), start=one.first):
                self._numbers.setdefault(fact, deque()).append(number)
                self._sent_s[number], self.digests[number] = parse_instant(one.sent_utc), digest
                self.last = max(self.last, number)

    def next_of(self, fact: str) -> tuple[int, float] | None:
        """Return number and instant (Unix, s) of a fact's next message; None where no more went."""
        numbers = self._numbers.get(fact)
        if not numbers:
            return None
        number = numbers.popleft()
        return number, self._sent_s[number]


@dataclass
class Relay:
    """What one partner is shown of one log.

    State: the feed (names and versions), labels, what waits until it may go, the last number and digest, `tail`,
    the last number that is or will be in the stream, and `seq`, the last row read. The same log makes the same
    relay. Not thread-safe.
    """

    node: str
    realm: Literal["live", "exercise"]
    partner: str
    settings: PartnerSettings
    private: Ed25519PrivateKey
    labels: Labels
    provenance: Callable[[str], Provenance]
    since_s: float = -math.inf
    feed: Feed = field(init=False)
    seq: int = 0
    number: int = 0
    tail: int = 0
    digest: str = FIRST
    waiting: list[tuple[float, int, str, Shared]] = field(default_factory=list)
    refused: list[Rejection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with a partner who was shown nothing."""
        self.feed = start_feed(self.partner)

    def take(self, row: LoggedRow, now_s: float) -> None:
        """Take the log's next row; what of it may go, now or later, waits to be sent."""
        self.seq = row.seq
        fact = row.fact()
        labels = self.labels.of(fact)
        shared = self._shown(row.kind, fact, labels, now_s)
        if shared is not None:
            heapq.heappush(self.waiting, (shared.not_before_s, row.seq, str(getattr(fact, "id", "")), shared))

    def _shown(self, kind: str, fact: Value, labels: object, now_s: float) -> Shared | None:
        shown_as = fact.kind if isinstance(fact, PartnerFact) else kind
        view = self.settings.views.get(shown_as)
        if view is None or shown_as not in SUBJECTS or self._is_old(shown_as, fact):
            return None
        try:
            return share(self.feed, kind, fact, labels, view, now_s=now_s)  # type: ignore[arg-type]
        except InputError as error:
            self._refuse(str(getattr(fact, "id", "")), error)
            return None

    def _is_old(self, kind: str, fact: Value) -> bool:
        """Return whether a fact speaks of a time before that from which a late joiner is told."""
        path = TIMES.get(kind)
        if path is None or not math.isfinite(self.since_s):
            return False
        said: object = fact
        for name in path.split("."):
            said = getattr(said, name, None)
        return isinstance(said, str) and parse_instant(said) < self.since_s

    def _refuse(self, fact: str, error: InputError) -> None:
        self.refused.append(
            Rejection(
                id=content_id("rejection", "share", self.partner, fact, error.message),
                evidence=f"partner {self.partner}",
                what=f"sharing of {fact}",
                reason=error.message,
                given=None if error.given is None else str(error.given)[:200],
                allowed=error.allowed or None,
                provenance=self.provenance("run.sharing"),
            )
        )

    def due(self, now_s: float, most: int = BATCH) -> list[tuple[str, Shared]]:
        """Return what may go by now, in order, at most so many."""
        found: list[tuple[str, Shared]] = []
        while self.waiting and self.waiting[0][0] <= now_s and len(found) < most:
            _, _, fact, shared = heapq.heappop(self.waiting)
            found.append((fact, shared))
        return found

    def next_s(self, now_s: float, most_s: float) -> float:
        """Return how long until what waits first may go, s: at most so long."""
        return min(max(self.waiting[0][0] - now_s, 0.0), most_s) if self.waiting else most_s

    @property
    def through(self) -> int:
        """Return the row up to which everything was sent, or will never be."""
        return min([self.seq, *(row - 1 for _, row, _, _ in self.waiting)])

    def numbered(self, due: list[tuple[str, Shared]], now_s: float) -> tuple[list[Numbered], Ledger | None]:
        """Return the next messages, and the fact that says so; None where there are none."""
        first, made = self.number + 1, []
        for fact, shared in due:
            message = self._message(fact, shared, now_s)
            if message is not None:
                made.append(message)
        if not made:
            return [], None
        sent = format_instant(now_s)
        ledger = Ledger(
            id=content_id("shared", self.partner, str(first), made[-1].digest),
            partner=self.partner,
            first=first,
            through=self.through,
            facts=tuple(one.fact for one in made),
            digests=tuple(one.digest for one in made),
            sent_utc=sent,
            provenance=self.provenance("run.sharing"),
        )
        return made, ledger

    def _message(self, fact: str, shared: Shared, now_s: float) -> Numbered | None:
        number = self.number + 1
        try:
            data, digest = cloud_event(
                shared, node=self.node, realm=self.realm, recipient=self.partner, number=number,
                previous=self.digest, now_s=now_s, private=self.private,
            )  # fmt: skip
        except InputError as error:
            self._refuse(fact, error)
            return None
        before, self.tail = self.tail, number
        self.number, self.digest = number, digest
        subject = f"lw.{self.realm}.{self.node}.{self.partner}.{shared.kind}"
        return Numbered(number, before, fact, subject, data, digest)

    def again(self, reader: Reads, after: int) -> Iterator[list[Numbered]]:
        """Read the log from its beginning to where it stood, and yield what went out with numbers above `after`.

        Yields at least once for each `CHUNK` rows, so that who runs it can stop. What was not sent though it was
        read stays so, but for what waited for its time. What went out and may go no longer, or would be told in
        other words now, keeps its number and digest: the partner has it as it was, and no number is used twice.
        """
        past = Past(
            one
            for row in reader.rows("shared")
            if isinstance(one := row.fact(), Ledger) and one.partner == self.partner
        )
        pending: dict[int, tuple[str, Shared | None, float]] = {}
        made: list[Numbered] = []
        for count, row in enumerate(reader.rows(*KINDS) if past.last else (), start=1):
            self._again(row, past, pending)
            made += self._in_turn(pending, past, after)
            if count % CHUNK == 0 or len(made) >= BATCH:
                yield made
                made = []
            if self.number >= past.last:
                break
        yield made

    def _again(self, row: LoggedRow, past: Past, pending: dict[int, tuple[str, Shared | None, float]]) -> None:
        self.seq = row.seq
        fact = row.fact()
        labels, id_ = self.labels.of(fact), str(getattr(fact, "id", ""))
        went = past.next_of(id_)
        if went is None and row.seq <= past.through:
            return
        number, sent_s = went or (0, 0.0)
        shared = self._shown(row.kind, fact, labels, sent_s)
        if went is not None:
            pending[number] = id_, shared, sent_s
            if shared is None:
                share_no_more(self.feed, row.kind, fact)
        elif shared is not None:
            heapq.heappush(self.waiting, (shared.not_before_s, row.seq, id_, shared))

    def _in_turn(
        self, pending: dict[int, tuple[str, Shared | None, float]], past: Past, after: int
    ) -> list[Numbered]:
        made = []
        while (found := pending.pop(self.number + 1, None)) is not None:
            fact, shared, sent_s = found
            message = None if shared is None else self._message(fact, shared, sent_s)
            if message is not None and message.number > after:
                made.append(message)
                continue
            if message is None:
                self.number += 1
            if self.number <= after:
                self.tail = self.number
            self.digest = past.digests[self.number]
        return made


class Publisher:
    """Puts a relay's messages into the partner's stream. State: the connection's end, and the newest messages.

    `last` is the number of the stream's last message.
    """

    def __init__(self, bus: Bus, stream: str, name: str) -> None:
        self._bus, self._stream, self._name = bus, stream, name
        self._kept: deque[Numbered] = deque(maxlen=REMEMBERED)
        self.unsent: deque[Numbered] = deque()
        self.last = 0

    def tail(self) -> int:
        """Return the number of the last message that the broker has; 0 where it has none. Raises BusError."""
        found = self._bus.last(self._stream)
        self.last = int(found[1].rpartition("-")[2] or 0) if found is not None else 0
        return self.last

    def give(self, messages: list[Numbered]) -> None:
        """Take messages that shall be published next."""
        self.unsent.extend(messages)

    def push(self) -> bool:
        """Publish what waits; return whether all is there. LostError where the broker lost more than we keep."""
        while self.unsent:
            part = [self.unsent[i] for i in range(min(len(self.unsent), BATCH))]
            try:
                stored = self._bus.publish([self._outgoing(one) for one in part], self._id(part[0].before))
            except BusError:
                self._resume()
                return False
            for _ in stored:
                one = self.unsent.popleft()
                self._kept.append(one)
                self.last = one.number
        return True

    def _resume(self) -> None:
        """Go back, or forward, to where the broker's stream ends, once it can be asked."""
        if not self._bus.connected:
            return
        last = self.tail()
        while self.unsent and self.unsent[0].number <= last:
            self._kept.append(self.unsent.popleft())
        missing = [one for one in self._kept if one.number > last]
        coming = [*missing[:1], *islice(self.unsent, 1)]
        if coming and coming[0].before != last:
            raise LostError(last)
        for one in reversed(missing):
            self.unsent.appendleft(one)
            self._kept.pop()

    def _outgoing(self, one: Numbered) -> Outgoing:
        return Outgoing(one.subject, self._id(one.number), one.data)

    def _id(self, number: int) -> str:
        return f"{self._name}-{number}" if number else ""


class LostError(Exception):
    """The broker's stream ends before the messages that are still in memory: begin again from the log."""
