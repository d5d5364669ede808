"""Bulletins: approved texts for an audience, each one step in an alert's life."""

from typing import Literal

from launchwatch.facts.base import Provenance, Value


class Bulletin(Value, frozen=True, kw_only=True):
    """One text as sent or ready to send; `content` is the exact text, `status` keeps drills apart from life."""

    id: str
    event: str
    event_version: int
    stage: Literal["first", "update", "passed", "fell", "cancelled", "information"]
    status: Literal["actual", "exercise", "test", "draft"]
    audience: str
    form: str
    language: str
    content: str
    references: tuple[str, ...] = ()
    provenance: Provenance
