"""Rules of CAP 1.2 and of the public that the OASIS schema does not hold."""

from collections.abc import Iterable


def check_alert(data: bytes, *, now_utc: str | None = None, history: Iterable[bytes] = ()) -> list[str]:
    """Return what is wrong with a CAP message, by the schema and beyond it; [] if nothing is.

    With `now_utc` stale and future messages are refused; with the earlier messages, duplicates and updates of what
    is cancelled.
    """
    raise NotImplementedError
