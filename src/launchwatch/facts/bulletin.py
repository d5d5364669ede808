"""Bulletins: texts for an audience, each belonging to one step in an alert's life."""

from typing import Literal

from launchwatch.facts.base import Provenance, Value

Stage = Literal[
    "launch",
    "fall_predicted",
    "passed",
    "fell_at_sea",
    "fell_inside",
    "no_longer_possible",
    "issued_in_error",
    "information",
]
"""The steps of an alert's life; each needs its own evidence (`tell.alerts`)."""

CANCELLING: tuple[Stage, ...] = ("no_longer_possible", "issued_in_error")
LIFTING: tuple[Stage, ...] = ("passed", "fell_at_sea", *CANCELLING)
"""Stages that end or lessen an alert: one key may be enough for these, never for one that raises it. They go to
everyone whom the alert had reached, wherever the object went."""

EarlierStage = Literal["first", "update", "fell", "cancelled"]
"""What logs of version 2 may hold beside `Stage`; nothing writes it any more."""

Audience = Literal["public", "ships", "aircraft", "press"]
Standing = Literal["actual", "exercise", "test", "draft"]


class Bulletin(Value, frozen=True, kw_only=True):
    """One text as sent or ready to send; `content` is the exact text, `status` keeps drills apart from life.

    `step` is the id of the `AlertStep` that it says, `alert` that of the alert; `digest` the SHA-256 (hex) of the
    content's UTF-8, which is what two people sign and what a receiver compares.
    """

    id: str
    event: str
    event_version: int
    stage: Stage | EarlierStage
    status: Standing
    audience: str
    form: str
    language: str
    content: str
    references: tuple[str, ...] = ()
    provenance: Provenance
    alert: str | None = None
    step: str | None = None
    digest: str | None = None
