"""What a process of a node needs of the log: to append, and to read on. `run.keeper` has both."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from launchwatch.facts import Value


class LoggedRow(Protocol):
    """One fact as it stands in the log."""

    @property
    def seq(self) -> int:
        """Return its number."""

    @property
    def kind(self) -> str:
        """Return the name of its kind."""

    def fact(self) -> Value:
        """Return the fact."""


class Appends(Protocol):
    """Takes facts; they are on the disk when `append` returns, and those whose id is known are skipped."""

    def append(self, facts: Sequence[Value]) -> int:
        """Return the number of the last row."""


class Reads(Protocol):
    """Gives facts in the log's order."""

    def rows(self, *kinds: str, after: int = 0) -> Iterable[LoggedRow]:
        """Yield the rows of these kinds (all, where none is named) with numbers above `after`."""

    def wait(self, after: int, timeout_s: float) -> bool:
        """Return whether a row beyond `after` came within a time."""
