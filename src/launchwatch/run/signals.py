"""The wish to stop, as the machine tells it."""

import signal
from collections.abc import Callable
from types import FrameType


def on_signal() -> Callable[[], bool]:
    """Return what tells whether SIGINT or SIGTERM came."""
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(came)
