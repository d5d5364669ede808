"""Days on which a real system failed, replayed through the chain: expected bulletins exactly."""

from launchwatch.facts import Value


class HistoryResult(Value, frozen=True, kw_only=True):
    """What a replayed day came to: the bulletins as lines, and what was not as expected."""

    schema: str = "launchwatch history 1"
    name: str
    title: str
    passed: bool
    reasons: tuple[str, ...]
    lines: tuple[str, ...]


def histories() -> dict[str, str]:
    """Return the names of the days that can be replayed, with their titles."""
    return {}


def replay_history(name: str) -> HistoryResult:
    """Replay one day."""
    raise NotImplementedError(name)
