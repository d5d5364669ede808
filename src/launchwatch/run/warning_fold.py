"""The memory of the `warn` process: a fold of the log, and the facts that it owes the log.

Whatever is decided is made from facts in the log's order alone, so that a process that starts anew comes to the
same decisions: what it finds in the log already it drops, what is missing it owes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from launchwatch.assess import watchdog
from launchwatch.assess.confirmation import AHEAD_S
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import (
    Alarm,
    AlertStep,
    Confirmation,
    Delivery,
    Heartbeat,
    HumanStatement,
    PartnerFact,
    Provenance,
    Reach,
    Rejection,
    Release,
    ReleaseRequest,
    Tick,
    Track,
    TrackedState,
    TrackMerger,
    TrustStore,
    Value,
)
from launchwatch.observe.partners import partner_state
from launchwatch.run.node_settings import Realm
from launchwatch.run.warning_book import Book, Key
from launchwatch.run.warning_parts import Parts
from launchwatch.tell.approvals import is_yet_to_come, why_statement_counts_not

KINDS = (
    "state", "track", "merger", "statement", "tick", "heartbeat", "alarm", "step",
    "bulletin", "request", "approval", "rule", "release", "delivery", "ledger", "drill", "rejection", "partner",
)  # fmt: skip
"""Kinds of facts that it reads."""
AUTHOR = "launchwatch run.warning"

FORGET_S = 86_400.0
"""A step is known for a day after it has expired, as long as its alert is (`tell.alerts`)."""

_MOST_EARLY = 100
"""People's words that wait for the clock: those of a handful of officers many times over; others are judged at
once."""

AWAY_S = 3.0
"""This process ticks each second: where others' signs of life are so far ahead of its ticks, it was away."""


@dataclass
class Fold:
    """State: the steps' states, the book, and what is owed to the log; one thread.

    `live` says that the log was read to its end once: only from then on is anything judged by keys as they are
    now. `timed` are the rows by which time went on, and to when (Unix, s), back to one that no fact taken since
    can be ahead of; `begun` has, for each object that is remembered, the row of its first state or the first of
    these before it: a restart begins with the clock that it was judged by. `reaches` is what was made of states
    before, so that a restart need not make it again; `early` what people said ahead of the clock, with its rows,
    until that goes on.
    """

    parts: Parts
    realm: Realm
    trust: Callable[[], TrustStore]
    chain: Any
    confirming: Any
    watch: watchdog.Watch
    book: Book = field(default_factory=lambda: Book(AUTHOR))
    owed_steps: dict[str, AlertStep] = field(default_factory=dict)
    owed: dict[str, Value] = field(default_factory=dict)
    reaches: dict[str, Reach] = field(default_factory=dict)
    reached: dict[Key, Reach] = field(default_factory=dict)
    begun: dict[Key, int] = field(default_factory=dict)
    detected: dict[Key, str] = field(default_factory=dict)
    heard: list[HumanStatement] = field(default_factory=list)
    now_utc: str = "1970-01-01T00:00:00Z"
    early: list[tuple[int, HumanStatement]] = field(default_factory=list)
    live: bool = False
    swept_s: float = 0.0
    timed: list[tuple[int, float]] = field(default_factory=list)

    def take(self, seq: int, fact: Value) -> None:
        """Take one row of the log."""
        name = str(getattr(fact, "id", ""))
        known = self.book.knows(fact)
        made = self.owed_steps.pop(name, None)
        self.book.take(made if made == fact else fact)  # the one that the alerts hold: a step has kilobytes
        self.owed.pop(name, None)
        if not known:
            self._step(seq, fact)

    def take_standing(self, alarm: Alarm) -> None:
        """Take an alarm that was raised before the first row that is read, and stands."""
        self._confirm(alarm)
        self.watch = watchdog.resume(self.watch, alarm)

    def logged(self, facts: Iterable[Value]) -> None:
        """Owe no longer what the log has taken."""
        for fact in facts:
            self.owed.pop(str(getattr(fact, "id", "")), None)

    def remembered_from(self, seq: int) -> int:
        """Return the row from which a restart must read, where `seq` is the newest that was taken.

        It is never beyond the signs of time: what was refused as ahead of the clock must be refused again.
        """
        self._forget()
        rows = [*self.begun.values(), *(row for row, _ in (*self.early, *self.timed[:1]))]
        return min(rows, default=seq + 1) - 1

    def _forget(self) -> None:
        """Forget what the alerts have forgotten, a day after it was over: a restart would not read it any more."""
        alive = set(self.chain.objects) | {one.key for one in self.chain.alerts.values()}
        self.begun = {key: first for key, first in self.begun.items() if key in alive}
        self.reached = {key: reach for key, reach in self.reached.items() if key in alive}
        self.detected = {key: utc for key, utc in self.detected.items() if key in alive}
        self.heard = [said for said in self.heard if said.alert is None or said.alert in self.chain.alerts]
        self.book.forget(alive, self.chain.steps, parse_instant(self.now_utc) - FORGET_S)
        self.swept_s = self.chain.swept_s

    def _step(self, seq: int, fact: Value) -> None:
        match fact:
            case TrackedState():
                self._state(seq, fact)
            case PartnerFact() if (theirs := partner_state(fact)) is not None:
                self._confirm(theirs)
            case HumanStatement():
                self._hear(seq, fact)
            case Tick():
                self._tick(seq, fact)
            case TrackMerger() | Track():
                self._confirm(fact)
                self._alert(fact)
            case Release() | Delivery():
                self._alert(fact)
                self._watch(fact)
            case Alarm():
                self._confirm(fact)
            case Heartbeat():
                self._beaten(seq, fact)
                self._watch(fact)
            case ReleaseRequest():
                self._watch(fact)

    def _state(self, seq: int, state: TrackedState) -> None:
        key = (state.run, state.track)
        self.begun.setdefault(key, min([seq, *(row for row, _ in self.timed[:1])]))
        self.detected.setdefault(key, state.update.time_utc)
        self._alert(state)
        self._confirm(state)
        reach = self.reaches.pop(state.id, None)
        if reach is None:
            reach = self.parts.reach(state, self.reached.get(key))
            self._owe(reach)
        self.reached[key] = reach
        self._alert(reach)

    def _hear(self, seq: int, said: HumanStatement) -> None:
        """Take a person's word; one ahead of the clock when that goes on.

        Time stands still here while this process is away, and while a leap of the clock waits: a word of that time
        is no word of the future.
        """
        if is_yet_to_come(said.time_utc, self.now_utc) and len(self.early) < _MOST_EARLY:
            self.early.append((seq, said))
        else:
            self._statement(said)

    def _hear_early(self) -> None:
        waited, self.early = self.early, []
        for _, said in waited:
            self._statement(said)

    def _statement(self, said: HumanStatement) -> None:
        problem = why_statement_counts_not(said, self.trust(), self.realm, self.now_utc, as_then=not self.live)
        if problem is not None:
            self._owe(self.rejection(said.id, "statement", problem))
            return
        self.heard.append(said)
        self._confirm(said)
        self._alert(said)

    def _tick(self, seq: int, tick: Tick) -> None:
        self._time(seq, tick)
        self._watch(tick)

    def _time(self, seq: int, tick: Tick) -> None:
        self._confirm(tick)
        self._alert(tick)
        if self.chain.swept_s != self.swept_s:
            self._forget()
        if tick.source == "clock" and self.chain.leap is None:
            self._go_on(seq, tick.time_utc)
            self._hear_early()

    def _go_on(self, seq: int, time_utc: str) -> None:
        """Let it be later, and keep by which rows: from the first of them on a restart knows the same time."""
        if time_utc <= self.now_utc:
            return
        self.now_utc, now_s = time_utc, parse_instant(time_utc)
        self.timed.append((seq, now_s))
        while len(self.timed) > 1 and self.timed[1][1] <= now_s - AHEAD_S:
            del self.timed[0]

    def _beaten(self, seq: int, beat: Heartbeat) -> None:
        """Let time go on by the other processes' signs of life, where this one was away and nothing ticked."""
        if parse_instant(beat.time_utc) > parse_instant(self.now_utc) + AWAY_S:
            self._time(seq, Tick(id=content_id("tick", beat.id), time_utc=beat.time_utc, source="clock"))

    def _confirm(self, fact: Value) -> None:
        before = self.confirming
        self.confirming, confirmation = self.parts.confirm(before, fact)
        for alarm in self.parts.doubts(before, self.confirming):
            self._owe(alarm)
        if confirmation is not None:
            self._owe(confirmation)
            self.book.take(confirmation)
            self._alert(confirmation)

    def _alert(self, fact: Value) -> None:
        self.chain, info = self.parts.alert(self.chain, fact)
        for step in info.steps:
            if step.id not in self.book.steps:
                self.owed_steps[step.id] = step

    def _watch(self, fact: Value) -> None:
        self.watch, alarms = watchdog.step(self.watch, fact)
        for alarm in alarms:
            self._owe(alarm)

    def _owe(self, fact: Any) -> None:  # noqa: ANN401 - every fact that is owed has an id
        if fact.id not in self.book.ids or isinstance(fact, Confirmation):
            self.owed[fact.id] = fact

    def rejection(self, of: str, what: str, reason: str, count: int = 1) -> Rejection:
        """Return a recorded refusal, the same for the same thing however often it is made."""
        made = Provenance(author=AUTHOR, created_utc=self.now_utc, derived_from=(of,))
        return Rejection(
            id=content_id("rejection", of, what),
            evidence=of,
            what=what,
            reason=reason,
            provenance=made,
            count=count,
        )
