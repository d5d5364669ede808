"""What a way out carries and what its own receiver hands back: bytes beside a signed envelope, judged by `tell`."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """One bulletin on its way out.

    `id` is the bulletin's: a second sending under it is the same message. `content` are the bytes for the audience,
    `envelope` a line of JSON that says and signs whose they are (`tell.envelopes`); `suffix` fits the content, such
    as `xml`, and `topic` says audience and form, such as `public.cap`.
    """

    id: str
    content: bytes
    envelope: bytes
    suffix: str = "txt"
    topic: str = "public.cap"


@dataclass(frozen=True)
class Received:
    """What a receiver got: bytes as they came, with their envelope where there was one, and when (Unix time, s)."""

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
