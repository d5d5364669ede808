"""The bounded place between a device's reader and whoever takes: bytes with their receipt times.

A pipe's or socket's reader waits while the inbox is full, so that its sender waits too. A datagram cannot wait:
the oldest are dropped and counted.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from launchwatch.basis.errors import InputError
from launchwatch.feeds.pcap import Received

MOST_BYTES = 4_000_000
"""What may wait: a second of the fastest feed that is tracked in time, a few hundred bytes a plot."""

_EACH = 256  # bytes counted for each piece besides its content


class Source(Protocol):
    """A feed: pieces until it is over.

    `receive` waits at most so many seconds and returns None where nothing came; `over` tells that nothing will
    any more; `lost` counts the datagrams that could not be kept. `close` may be called from any thread.
    """

    origin: str

    def receive(self, wait_s: float) -> Received | InputError | None:
        """Return the next piece, the reason why one cannot be read, or None."""

    @property
    def over(self) -> bool:
        """Return whether the feed has ended and everything was taken."""

    @property
    def lost(self) -> int:
        """Return how many datagrams were lost so far."""

    def close(self) -> None:
        """Stop reading."""


class Inbox:
    """Pieces between one reader and one taker; every method may be called from any thread."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._pieces: deque[Received] = deque()
        self._bytes = 0
        self._ended = False
        self._broken: InputError | None = None
        self._changed = threading.Condition()
        self.dropped = 0

    def put(self, piece: Received, *, wait: bool) -> bool:
        """Add a piece; wait for room, or else drop the oldest. Return False once the inbox was ended."""
        with self._changed:
            while wait and self._bytes >= self._most and not self._ended:
                self._changed.wait()
            self._pieces.append(piece)
            self._bytes += len(piece.payload) + _EACH
            while self._bytes > self._most and not wait and len(self._pieces) > 1:
                self._bytes -= len(self._pieces.popleft().payload) + _EACH
                self.dropped += 1
            self._changed.notify_all()
            return not self._ended

    def get(self, wait_s: float) -> Received | InputError | None:
        """Return the oldest piece, after the last one why the feed broke off, or None where none came in time."""
        with self._changed:
            if not self._pieces and not self._ended:
                self._changed.wait(wait_s)
            if not self._pieces:
                broken, self._broken = self._broken, None
                return broken
            piece = self._pieces.popleft()
            self._bytes -= len(piece.payload) + _EACH
            self._changed.notify_all()
            return piece

    def end(self, broken: InputError | None = None) -> None:
        """Say that nothing more comes, or is wanted; `broken` tells why, where the sender did not mean it."""
        with self._changed:
            if not self._ended:
                self._broken = broken
            self._ended = True
            self._changed.notify_all()

    @property
    def over(self) -> bool:
        """Return whether it was ended and is empty."""
        with self._changed:
            return self._ended and not self._pieces and self._broken is None


def read_into(inbox: Inbox, read: Callable[[], bytes], clock: Callable[[], float], *, wait: bool) -> None:
    """Fill an inbox with what `read` returns until that is empty or fails."""
    try:
        while data := read():
            if not inbox.put(Received(clock(), data), wait=wait):
                return
    except (OSError, ValueError) as error:  # where we closed the device, the inbox has ended before
        inbox.end(InputError(f"the feed broke off: {error}", allowed="a sender that closes when it is done"))
    finally:
        inbox.end()
