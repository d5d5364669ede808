"""Rejections as rows for programs."""

import re
from collections.abc import Sequence

from launchwatch.facts import Rejection


def refused(rejections: Sequence[Rejection]) -> list[dict[str, str | int | None]]:
    """Return refusals for programs; `id` is the plot's or sensor's own id, or the file's name."""
    return [
        {
            "id": re.sub(r"^(?:plot|sensor) (?=.)", "", r.what),
            "what": r.what,
            "line": r.line,
            "reason": r.reason,
            "given": r.given,
            "allowed": r.allowed,
            "try": r.try_,
        }
        for r in rejections
    ]
