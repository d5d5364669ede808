"""A node's feeds as one source: files that are replayed together in order of time, feeds that are opened again."""

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

import msgspec

from launchwatch.basis.errors import InputError, LaunchwatchError, printable
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Evidence
from launchwatch.feeds.files import open_file
from launchwatch.feeds.inbox import Source
from launchwatch.feeds.pcap import Received
from launchwatch.run.clock import Clock
from launchwatch.run.context import Context
from launchwatch.run.node_settings import FeedSettings
from launchwatch.run.opening import feed_fact, file_fact, open_feed, open_replay

REOPEN_S = 1.0
"""Seconds between attempts to open a feed that is away: a restarted server is back soon, and loses little."""

_TURN_S = 0.005  # between looks at several feeds: far below a scan
Piece = Received | InputError
Told = Callable[[str, Literal["raised", "cleared"], str], None]
Raw = Callable[[int, Received, str], None]
"""Hears each piece of a live feed as it came: the feed's number, the piece, the address that it came to."""


class _Timed(msgspec.Struct):
    time_utc: str | None = None


_TIMED = msgspec.json.Decoder(_Timed)


@dataclass
class Fed:
    """One feed of a node: its settings, the fact that opens it, its form, and its source while it is open."""

    settings: FeedSettings
    evidence: Evidence
    in_datagrams: bool
    is_file: bool
    source: Source | None = None
    retry_s: float = -math.inf
    away: bool = False
    broke: bool = False


class Feeds:
    """All feeds of a node as one source; `at` is the feed that the last piece came from. One thread at a time.

    `told` hears when a feed goes away (raised) and when it is back (cleared), `raw` what live feeds bring.
    """

    origin = "the node's feeds"

    def __init__(self, fed: Sequence[Fed], clock: Clock, told: Told) -> None:
        self.fed, self.at = list(fed), 0
        self._clock, self._told = clock, told
        self.raw: Raw = _unkept
        self._files = [i for i, one in enumerate(self.fed) if one.is_file]
        self._live = [i for i, one in enumerate(self.fed) if not one.is_file]
        self._merged = _merged([(i, _pieces(self.fed[i])) for i in self._files])
        self._files_over = not self._files
        self._turn = count()

    @property
    def over(self) -> bool:
        """Return whether nothing will come any more: every file was read, and there is no feed."""
        return self._files_over and not self._live

    @property
    def is_replay(self) -> bool:
        """Return whether all are files: time is then that of the plots."""
        return not self._live

    @property
    def lost(self) -> int:
        """Return how many datagrams were lost."""
        return sum(one.source.lost for one in self.fed if one.source is not None)

    def receive(self, wait_s: float) -> Piece | None:
        """Return the next piece of any feed, or None where nothing came in time."""
        if not self._files_over:
            found = next(self._merged, None)
            if found is not None:
                self.at = found[0]
                return found[1]
            self._files_over = True
        until = self._clock.now() + wait_s
        while True:
            for _ in self._live:
                self.at = self._live[next(self._turn) % len(self._live)]
                if (piece := self._of(self.fed[self.at])) is not None:
                    self._give_raw(piece)
                    return piece
            left = until - self._clock.now()
            if left <= 0 or not self._live:
                return None
            self._clock.sleep(min(_TURN_S, left))

    def _give_raw(self, piece: Piece) -> None:
        source = self.fed[self.at].source
        if isinstance(piece, Received):
            self.raw(self.at, piece, "" if source is None else source.origin.rpartition(" ")[2])

    def _of(self, one: Fed) -> Piece | None:
        """Return a live feed's next piece; open it again where it is away and it is time."""
        if one.source is None and not self._opened(one):
            return None
        assert one.source is not None
        if one.broke:
            one.broke = False
            return Received(None, b"\n")  # ends the line that the break cut
        piece = one.source.receive(0.0)
        if piece is None and one.source.over:
            one.source.close()
            one.source, one.broke = None, not one.in_datagrams
            self._miss(one, "the feed ended")
        return piece

    def _opened(self, one: Fed) -> bool:
        if self._clock.now() < one.retry_s:
            return False
        try:
            one.source = open_feed(one.settings.source, self._clock)
        except (LaunchwatchError, OSError) as error:
            self._miss(one, str(error))
            return False
        if one.away:
            one.away = False
            self._told(one.evidence.origin, "cleared", "the feed is back")
        return True

    def _miss(self, one: Fed, why: str) -> None:
        one.retry_s = self._clock.now() + REOPEN_S
        if not one.away:
            one.away = True
            self._told(one.evidence.origin, "raised", why)

    def close(self) -> None:
        """Stop reading."""
        for one in self.fed:
            if one.source is not None:
                one.source.close()


def _unkept(_at: int, _piece: Received, _address: str) -> None:
    return None


def open_feeds(
    folder: Path, settings: Sequence[FeedSettings], context: Context, clock: Clock, told: Told
) -> Feeds:
    """Return a node's feeds; files are opened now (InputError), feeds when first read."""
    with ExitStack() as stack:
        fed = []
        for one in settings:
            made = _fed(folder, one, context)
            fed.append(made)
            if made.source is not None:
                stack.callback(made.source.close)
        stack.pop_all()
        return Feeds(fed, clock, told)


def is_file(settings: FeedSettings) -> bool:
    """Return whether a feed is a recording's file, which is replayed."""
    return settings.source.partition(":")[0] not in ("tcp", "udp", "unix")


def _fed(folder: Path, settings: FeedSettings, context: Context) -> Fed:
    kind, _, rest = settings.source.partition(":")
    if not is_file(settings):
        origin = printable(f"unix {Path(rest).name}" if kind == "unix" else settings.source)
        return Fed(settings, feed_fact(origin, context), kind == "udp", is_file=False)
    found = open_file(folder / settings.source)
    if isinstance(found, InputError):
        raise found
    source, in_datagrams = open_replay(found, one_by_one=True)
    return Fed(settings, file_fact(found, context), in_datagrams, is_file=True, source=source)


def _pieces(one: Fed) -> Iterator[Piece]:
    source = one.source
    assert source is not None
    while (piece := source.receive(0.0)) is not None:
        yield piece


def _merged(feeds: list[tuple[int, Iterator[Piece]]]) -> Iterator[tuple[int, Piece]]:
    """Yield files' pieces in order of their times; what has no time comes with what is before it in its file."""
    for _, _, at, piece in heapq.merge(*[_keyed(at, pieces) for at, pieces in feeds], key=lambda item: item[:2]):
        yield at, piece


def _keyed(at: int, pieces: Iterator[Piece]) -> Iterator[tuple[float, int, int, Piece]]:
    newest = -math.inf
    for piece in pieces:
        newest = max(newest, _time_of(piece))
        yield newest, at, at, piece


def _time_of(piece: Piece) -> float:
    if isinstance(piece, InputError):
        return -math.inf
    if piece.received_s is not None:
        return piece.received_s
    try:
        stated = _TIMED.decode(piece.payload).time_utc
        return -math.inf if stated is None else parse_instant(stated)
    except (msgspec.MsgspecError, InputError, UnicodeDecodeError):
        return -math.inf  # the decoder will say what is wrong with it
