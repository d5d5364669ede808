"""What a way out carries and what its own receiver hands back: bytes beside a signed envelope."""

import queue
from dataclasses import dataclass
from typing import Protocol

LONGEST_BYTES = 1_000_000
"""A receiver takes no more than this at once: a signed alert in three languages has 5 kB."""


@dataclass(frozen=True)
class Message:
    """One bulletin on its way out.

    `id` is the bulletin's: a second sending under it is the same message. `content` are the bytes for those
    who are told, `envelope` a line of JSON that says and signs whose they are; `suffix` fits the content, such
    as `xml`, and `topic` says audience and form, such as `public.cap`.
    """

    id: str
    content: bytes
    envelope: bytes
    suffix: str = "txt"
    topic: str = "public.cap"


@dataclass(frozen=True)
class Received:
    """What a receiver got: bytes as they came, the envelope where there was one, and when (Unix time, s)."""

    content: bytes
    envelope: bytes | None
    received_s: float


class Channel(Protocol):
    """A way out."""

    def send(self, message: Message) -> None:
        """Hand a message over; OSError where it did not go. Sending it again changes nothing."""

    def close(self) -> None:
        """Let go of connections."""


class Receiver(Protocol):
    """The own receiver at the far end of a channel."""

    def poll(self) -> list[Received]:
        """Return what has come since the last call, without waiting."""

    def close(self) -> None:
        """Stop receiving."""


def drained(waiting: "queue.SimpleQueue[Received]") -> list[Received]:
    """Return all that waits in a queue, without waiting for more."""
    taken = []
    while True:
        try:
            taken.append(waiting.get_nowait())
        except queue.Empty:
            return taken
