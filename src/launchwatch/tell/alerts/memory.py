"""All that a chain knows: objects, alerts and their lines, as values that nothing changes in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from launchwatch.basis.instants import Leap, parse_instant
from launchwatch.facts import AlertStep, Audience, Confirmation, Reach, Stage, Standing, Value
from launchwatch.facts.bulletin import CANCELLING, LIFTING
from launchwatch.tell.alerts.policy import Policy

AUDIENCES: tuple[Audience, ...] = ("public", "ships", "aircraft")
"""Audiences that are warned, in the order in which they are decided for; the press is only informed."""

RAISING: tuple[Stage, ...] = ("launch", "fall_predicted", "fell_inside")

OPEN = frozenset({"standing", "passed", "landed"})
"""States of a line in which its next step belongs to the same alert."""

Key = tuple[str, int]
"""An object: the run that tracks it and the track's number there."""

LineState = Literal["standing", "passed", "landed", "ended", "cancelled", "merged"]


class Body(Value, frozen=True, kw_only=True):
    """One object: the newest of each kind of fact about it, and since when what was so. Instants in Unix seconds.

    Facts dated `floor_s` or before are not its own. `seen_s` is the newest state with a plot (one between plots is
    an extrapolation), `plots` the tracker's count; `tracked_s`, `reach_s` and `confirmation_s` the newest fact
    of each kind, and the `_ids` those of that instant that were taken. `last_s` is the last instant at which the
    newest reach lets it fall; `over_s` and `past_s` the last state over protected land and the first beyond it;
    `coasts_s` since when no motor burned; `below` since when each audience's probability is below the threshold,
    `foreseen_s` since when the public's is enough to alert;
    `lines` the newest alert for each audience, `barred` that a person called one an error, and nothing new came.
    """

    run: str
    track: int
    first_s: float
    seen_s: float
    state_s: float
    floor_s: float = -1.0
    plots: int | None = None
    tracked_s: float = -1.0
    state_ids: tuple[str, ...] = ()
    coasts_s: float | None = None
    reach: Reach | None = None
    reach_s: float = -1.0
    reach_ids: tuple[str, ...] = ()
    launch_s: float | None = None
    fall_s: float | None = None
    last_s: float | None = None
    over_s: float | None = None
    past_s: float | None = None
    below: dict[Audience, float] = msgspec.field(default_factory=dict)
    foreseen_s: float | None = None
    confirmation: Confirmation | None = None
    confirmation_s: float = -1.0
    confirmation_ids: tuple[str, ...] = ()
    ended: bool = False
    generation: int = 0
    lines: dict[Audience, str] = msgspec.field(default_factory=dict)
    barred: bool = False

    @property
    def key(self) -> Key:
        """Return run and number."""
        return (self.run, self.track)

    @property
    def name(self) -> str:
        """Return how notes call it."""
        return f"track {self.track} of {self.run}"


class Line(Value, frozen=True, kw_only=True):
    """One alert for one audience: its steps, which of them were let out and when (Unix s), what carried them.

    `taken` are released steps of lines that were merged into this one; `refused` steps that people refused or let
    lapse; `reach` the reach that the newest raising step was made from, while the line is open; `lost` whether the
    newest step says that the track is lost; `owed` what the next step has to say besides; `closed_s` when it was
    closed.
    """

    alert: str
    audience: Audience
    state: LineState = "standing"
    steps: tuple[AlertStep, ...] = ()
    released: dict[str, float] = msgspec.field(default_factory=dict)
    refused: tuple[str, ...] = ()
    taken: tuple[AlertStep, ...] = ()
    channels: tuple[str, ...] = ()
    reach: Reach | None = None
    lost: bool = False
    owed: str = ""
    closed_s: float = -1.0
    merged_into: str | None = None


class Alert(Value, frozen=True, kw_only=True):
    """What is said of one object from its first step to its last; `error` is the statement that calls it one."""

    id: str
    key: Key
    generation: int
    began_s: float
    lines: dict[Audience, Line] = msgspec.field(default_factory=dict)
    error: str | None = None


class Chain(Value, frozen=True, kw_only=True):
    """All memory of the life of alerts. A value: `step` returns another one and changes nothing in it.

    `policy`, `status`   what it decides by, and whether it is actual, exercise, test or draft: never changes
    `now_s`              the newest instant of its facts (Unix s); it never goes back
    `clock_s`            the machine's clock by its newest tick, if one was heard: facts ahead of it are not used
    `objects`            what is known of each track
    `aliases`            tracks that are other tracks' objects, `aliased_s` since when; `twins` the same of those
                         that may part again
    `alerts`             every alert that was begun, closed ones for a day
    `steps`              which alert and audience a step is of
    `heard`              facts that no object remembers (statements, mergers, what was refused): when, by id
    `swept_s`            when what is over was last forgotten
    `leap`               ticks far ahead of the clock that wait to be borne out

    Folding the same facts in the same order gives an equal chain. Safe to share between threads.
    """

    policy: Policy
    status: Standing
    now_s: float = 0.0
    clock_s: float | None = None
    objects: Mapping[Key, Body] = msgspec.field(default_factory=dict)
    aliases: Mapping[Key, Key] = msgspec.field(default_factory=dict)
    aliased_s: Mapping[Key, float] = msgspec.field(default_factory=dict)
    twins: Mapping[Key, float] = msgspec.field(default_factory=dict)
    alerts: Mapping[str, Alert] = msgspec.field(default_factory=dict)
    steps: Mapping[str, tuple[str, Audience]] = msgspec.field(default_factory=dict)
    heard: Mapping[str, float] = msgspec.field(default_factory=dict)
    swept_s: float = 0.0
    leap: Leap | None = None


class Note(NamedTuple):
    """One thing that was decided, or was not: about what, and why."""

    about: str
    says: str


@dataclass
class Found:
    """What one fact leads to, gathered while it is taken; it lives no longer than that."""

    steps: list[AlertStep] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, about: str, says: str) -> None:
        """Keep why something was decided or not."""
        self.notes.append(Note(about, says))


class Info(NamedTuple):
    """What one fact led to: new steps, and the reasons for what was decided and what was not."""

    steps: tuple[AlertStep, ...] = ()
    notes: tuple[Note, ...] = ()


def line_of(chain: Chain, step: str) -> Line | None:
    """Return the line that a step is of, None for a step of another chain."""
    where = chain.steps.get(step)
    return chain.alerts[where[0]].lines[where[1]] if where is not None and where[0] in chain.alerts else None


def released_steps(line: Line) -> tuple[AlertStep, ...]:
    """Return what an audience has been told in a line and in those merged into it, cancels left out."""
    own = [step for step in line.steps if step.id in line.released and step.stage not in CANCELLING]
    return (*line.taken, *own)


def last_said(line: Line) -> AlertStep:
    """Return the newest step that is no cancel: one that waits for a second key changes nothing that was told."""
    return next(step for step in reversed(line.steps) if step.stage not in CANCELLING)


def _is_overtaken(line: Line, cancel: AlertStep) -> bool:
    """Return whether a later cancel is out that lifts all that this one would."""
    later = line.steps[line.steps.index(cancel) + 1 :]
    return any(
        step.stage in CANCELLING and step.id in line.released and {*cancel.references} <= {*step.references}
        for step in later
    )


def why_not_release(chain: Chain, step: str) -> str | None:
    """Return why a step should no longer be let out, None while it may be.

    A step that is not newest may still be let out (two people need their time, and what it says was right when it
    was made), but not once its line was lifted, cancelled or merged, and not after it expired.
    """
    line = line_of(chain, step)
    if line is None:
        return "of no alert here"
    made = next(one for one in line.steps if one.id == step)
    if parse_instant(made.expires_utc) <= chain.now_s:
        return f"expired at {made.expires_utc}"
    if made.stage in CANCELLING:
        return (
            None
            if line.state != "cancelled" or not _is_overtaken(line, made)
            else "lifted already by a later word"
        )
    if line.state in {"standing", "landed"}:
        return None
    if line.state == "merged":
        return f"of an alert that was merged into {line.merged_into}"
    return None if made.stage in LIFTING and line.state != "cancelled" else f"its alert is over: {line.state}"
