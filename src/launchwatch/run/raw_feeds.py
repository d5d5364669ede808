"""What live feeds brought, kept as it came: gathered piece by piece, written beside the plots, never before them.

The tracker gives each piece and goes on; a thread of its own writes what was gathered, a blob of a feed at a time,
then the `evidence` fact (kind `raw`) that names it, so that a fact's blob is always there. Datagrams become a
capture (pcap, with the time of receipt of each), streams the bytes as they came, cut between lines. What cannot be
kept is counted and told (alarm, then a rejection); plots never wait for it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from types import TracebackType
from typing import Literal, Self

from launchwatch import __version__
from launchwatch.basis.errors import LogError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Alarm, Evidence, Provenance, Rejection, Value
from launchwatch.feeds.pcap import Received, capture
from launchwatch.keep.blobs import Blobs
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.clock import Clock
from launchwatch.run.ports import LoggedRow

GATHER_S = 5.0
"""Longest wait of what came until it is written, s: so much of the raw feed a killed process loses, and a
quiet feed makes at most 17,000 blobs a day."""

GATHER_BYTES = 500_000
"""Bytes that are written at once though it is sooner: a busy feed's three seconds (64 objects at 10 Hz, 250 bytes
each), so that a blob's three waits for the disk come every few seconds, not a hundred times a second."""

MOST_BYTES = 8_000_000
"""Bytes that may wait for a disk that stalls: 50 s of a busy feed; what comes beyond is counted as lost."""

LEAST_FREE_BYTES = 2_000_000_000
"""Raw evidence stops here: the node rings at 1 GB, and the last room is for the log, which alone can warn."""

END_S = 3.0
"""How long the end waits for the last write: the supervisor ends a process after 8 s."""

_EACH = 256  # bytes counted for each piece besides its content
_TURN_S = 0.5
_MOST_OWED = 200  # facts that a keeper who is away has not taken: 3 minutes of a busy feed
_BY = "run.raw_feeds"
_NAME = "raw evidence"


@dataclass
class _Gathered:
    """What one feed brought and is not written yet; `since_s` is when the first of it came (Unix)."""

    evidence: Evidence
    in_datagrams: bool
    address: str = ""
    pieces: list[Received] = field(default_factory=list)
    size: int = 0
    since_s: float = 0.0

    def count(self, pieces: Sequence[Received]) -> int:
        """Return how many datagrams or lines there are in pieces."""
        return len(pieces) if self.in_datagrams else sum(one.payload.count(b"\n") for one in pieces)


class RawFeeds:
    """The raw pieces of all live feeds on their way to the disk. `take` may be called from one thread.

    State: what was gathered, facts that the log has not taken, pieces lost by feed and why, and since when nothing
    is kept (`since`, where an earlier process's alarm stands). A context manager: leaving it writes the rest.
    """

    def __init__(
        self, feeds: Sequence[tuple[Evidence, bool]], blobs: Blobs, append: Callable[[Sequence[Value]], object],
        clock: Clock, *, since: str | None = None, free_bytes: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        self._feeds = [_Gathered(evidence, in_datagrams) for evidence, in_datagrams in feeds]
        self._blobs, self._append, self._clock, self._since = blobs, append, clock, since
        self._free_bytes = free_bytes or (lambda: _free_bytes(blobs.folder))
        self._changed = threading.Condition()
        self._waiting = 0
        self._owed: list[Value] = []
        self._lost: Counter[int] = Counter()
        self._crowded: Counter[int] = Counter()
        self._why = ""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="raw feeds", daemon=True)

    def __enter__(self) -> Self:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what was gathered, at most for `END_S`."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(END_S)

    def take(self, at: int, piece: Received, address: str = "") -> None:
        """Gather a piece of a feed that came to `address` (HOST:PORT); never waits for the disk, never fails."""
        feed, size = self._feeds[at], len(piece.payload) + _EACH
        with self._changed:
            if self._waiting + size > MOST_BYTES:
                self._crowded[at] += feed.count([piece])
                return
            if not feed.pieces:
                feed.since_s, feed.address = self._clock.now(), address
            feed.pieces.append(piece)
            feed.size += size
            self._waiting += size
            if feed.size >= GATHER_BYTES:
                self._changed.notify()

    def write_due(self, *, last: bool = False) -> None:
        """Write what has been gathered long enough, or all of it where it is the last; tell the log."""
        with self._changed:
            crowded, self._crowded = self._crowded, Counter()
        for at, count in crowded.items():
            self._lose(at, count, "the disk does not keep up with what comes")
        for at, feed in enumerate(self._feeds):
            if pieces := self._taken_out(feed, last=last):
                self._write(at, feed, pieces, last=last)
        if last:
            self._tell_lost()
        self._pay()

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._is_full(), _TURN_S)
            self.write_due()
        self.write_due(last=True)

    def _is_full(self) -> bool:
        return any(feed.size >= GATHER_BYTES for feed in self._feeds)

    def _taken_out(self, feed: _Gathered, *, last: bool) -> list[Received]:
        waited_s = self._clock.now() - feed.since_s
        with self._changed:
            if not last and feed.size < GATHER_BYTES and 0.0 <= waited_s < GATHER_S:
                return []
            pieces, feed.pieces = feed.pieces, []
            feed.size = 0
        return pieces

    def _write(self, at: int, feed: _Gathered, pieces: list[Received], *, last: bool) -> None:
        try:
            if not feed.in_datagrams:
                pieces = _ended(pieces) if last else self._put_back_begun(feed, pieces)
            self._keep(feed, pieces)
        except Exception as error:  # noqa: BLE001 - whatever it is, plots go on, and the next is tried anew
            self._lose(at, feed.count(pieces), str(error) or type(error).__name__)
        finally:
            with self._changed:
                self._waiting = sum(one.size for one in self._feeds)

    def _put_back_begun(self, feed: _Gathered, pieces: list[Received]) -> list[Received]:
        """Return the pieces up to the end of the last whole line; a line without an end is written as it is."""
        at = next((i for i in reversed(range(len(pieces))) if b"\n" in pieces[i].payload), None)
        if at is None:
            return pieces
        cut = pieces[at].payload.rindex(b"\n") + 1
        rest = [Received(pieces[at].received_s, pieces[at].payload[cut:]), *pieces[at + 1 :]]
        rest = [one for one in rest if one.payload]
        if rest:
            with self._changed:
                feed.since_s = feed.since_s if feed.pieces else self._clock.now()
                feed.pieces[:0] = rest
                feed.size += sum(len(one.payload) + _EACH for one in rest)
        return [*pieces[:at], Received(pieces[at].received_s, pieces[at].payload[:cut])]

    def _keep(self, feed: _Gathered, pieces: list[Received]) -> None:
        """Write one blob and owe the log the fact of it; LogError where the disk has no room for it."""
        free = self._free_bytes()
        if free < LEAST_FREE_BYTES:
            raise LogError(f"{free / 1e6:.0f} MB free, {LEAST_FREE_BYTES / 1e6:.0f} MB needed")
        plain = b"" if feed.in_datagrams else b"".join([one.payload for one in pieces])
        data = capture(pieces, feed.address) if feed.in_datagrams else plain
        digest = self._blobs.put(data)
        self._owe(self._fact(feed, pieces, digest, len(data)))
        if self._since is not None:
            self._owe(alarm_of("cleared", self._since, self._clock.now(), "it is kept again"))
            self._since = None
            self._tell_lost()

    def _fact(self, feed: _Gathered, pieces: list[Received], digest: str, size: int) -> Evidence:
        times = [one.received_s for one in pieces if one.received_s is not None]
        came, now = format_instant(times[0] if times else feed.since_s), format_instant(self._clock.now())
        return Evidence(
            id=content_id("evidence", feed.evidence.id, came, digest), kind="raw", origin=feed.evidence.origin,
            sha256=digest, size_bytes=size, received_utc=came, provenance=_made(now, feed.evidence.id),
        )  # fmt: skip

    def _lose(self, at: int, count: int, why: str) -> None:
        self._lost[at] += count
        self._why = why
        if self._since is None:
            self._since = format_instant(self._clock.now())
            self._owe(alarm_of("raised", self._since, self._clock.now(), why))

    def _tell_lost(self) -> None:
        now = format_instant(self._clock.now())
        for at, count in self._lost.items():
            evidence = self._feeds[at].evidence
            self._owe(
                Rejection(
                    id=content_id("rejection", evidence.id, _NAME, now), evidence=evidence.id,
                    what=f"{_NAME} of {evidence.origin}", reason=f"not kept as it came: {self._why}",
                    allowed=f"at least {LEAST_FREE_BYTES / 1e9:g} GB free on a disk that takes it", count=count,
                    provenance=_made(now, evidence.id),
                )
            )  # fmt: skip
        self._lost.clear()

    def _owe(self, fact: Value) -> None:
        """Owe the log a fact; of more than it can be owed the oldest go, but no alarm."""
        alarms = [one for one in self._owed[:-_MOST_OWED] if isinstance(one, Alarm)]
        self._owed = [*alarms, *self._owed[-_MOST_OWED:], fact]

    def _pay(self) -> None:
        """Log what is owed; while the log takes nothing it waits."""
        if not self._owed:
            return
        with suppress(Exception):  # whatever the log met, the thread goes on
            self._append(self._owed)
            self._owed = []


def _ended(pieces: list[Received]) -> list[Received]:
    """Return pieces with their last line ended: what the next process hears begins a line of its own."""
    last = pieces[-1]
    return pieces if last.payload.endswith(b"\n") else [*pieces, Received(last.received_s, b"\n")]


def alarm_of(state: Literal["raised", "cleared"], since_utc: str, now_s: float, reason: str) -> Alarm:
    """Return the alarm that raw evidence is not kept since then, or its end (Unix time now, s)."""
    now = format_instant(now_s)
    return Alarm(
        id=content_id("alarm", "disk", _NAME, state, now), what="disk", name=_NAME, state=state,
        since_utc=since_utc, time_utc=now, reason=reason, provenance=_made(now),
    )  # fmt: skip


def since_when(rows: Iterable[LoggedRow]) -> str | None:
    """Return since when an earlier process could not keep raw evidence, by its alarms among a log's that stand."""
    found = standing_alarms(rows, by=_BY).get(("disk", _NAME))
    return None if found is None else found.since_utc


def _made(now_utc: str, *derived_from: str) -> Provenance:
    return Provenance(author=f"launchwatch {__version__} {_BY}", created_utc=now_utc, derived_from=derived_from)


def _free_bytes(folder: Path) -> int:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return disk_usage(there).free
