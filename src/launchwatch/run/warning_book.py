"""What the log holds of releases: steps, texts, requests, signatures, deliveries. Filled by folding the log.

A text has kilobytes, in several forms and languages, and a step may be asked about a day after it is over. So the
words are kept only until the step is decided and nothing of it is under way (`let_go`); what stays is what tells a
late read-back and enters the ledger.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from launchwatch.basis.ids import sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import (
    AlertStep,
    Approval,
    Bulletin,
    Confirmation,
    Delivery,
    Drill,
    Heartbeat,
    Ledger,
    PartnerFact,
    Provenance,
    Rejection,
    Release,
    ReleaseRequest,
    StandingRule,
    Tick,
    TrackedState,
    Value,
)

Key = tuple[str, int]
"""An object: the run that tracks it and the track's number there."""

_PASSING = (TrackedState, Tick, Heartbeat, PartnerFact)
"""Facts that come every second, hundreds where partners send them, and are kept by nobody here."""

_NOBODY = Provenance(author="", created_utc="")
"""In place of the provenance of what is kept in part: the log has it."""

_OWN = frozenset({"step", "approval", "statement"})
"""What is refused once and not told again; what came on the own channels is counted anew each second."""


class Fared(NamedTuple):
    """How one bulletin fared on one channel: what of a `Delivery` is asked for later."""

    bulletin: str
    channel: str
    outcome: str
    sent_utc: str
    received_utc: str | None


_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(tuple[tuple[str, str, str, str | None], ...]).decode


@dataclass(slots=True)
class Text:
    """A bulletin without its words, and how it fared. State: the latter, packed: there are thousands of these."""

    id: str
    step: str
    alert: str | None
    sha256: bytes
    packed: bytes = _PACK(())

    @property
    def digest(self) -> str:
        """Return the SHA-256 (hex) of the words' UTF-8."""
        return self.sha256.hex()

    @property
    def fared(self) -> tuple[Fared, ...]:
        """Return how it fared, in the order in which that was logged."""
        return tuple([Fared(self.id, *one) for one in _UNPACK(self.packed)])

    def take(self, fact: Delivery) -> None:
        """Enter how it fared on a channel."""
        new = (fact.channel, fact.outcome, fact.sent_utc, fact.received_utc)
        self.packed = _PACK((*_UNPACK(self.packed), new))


@dataclass
class Book:
    """State: facts by id or by what they are about; `ids` of all others that this process may have written.

    `texts` are the bulletins, with their words, of steps that are not let go, `bulletins` and, by step, `said` all
    without them. Of requests, releases and confirmations only what the ledger needs is kept; whole are requests
    that are `undecided`, by their ids, with their approvals. `newest_out` is the number of the newest step that
    went out, by alert, audience and channel; `author` is how this process signs its rejections: those of others,
    as many as a partner likes, are not kept. `dirty` are steps about which something was entered since somebody
    last took that set.
    """

    author: str = ""
    ids: set[str] = field(default_factory=set)
    steps: dict[str, AlertStep] = field(default_factory=dict)
    bulletins: dict[str, Text] = field(default_factory=dict)
    said: dict[str, list[Text]] = field(default_factory=dict)
    texts: dict[str, list[Bulletin]] = field(default_factory=dict)
    request_of: dict[str, ReleaseRequest] = field(default_factory=dict)
    undecided: dict[str, ReleaseRequest] = field(default_factory=dict)
    approvals: dict[str, list[Approval]] = field(default_factory=dict)
    release_of: dict[str, Release] = field(default_factory=dict)
    rules: dict[str, StandingRule] = field(default_factory=dict)
    drills: list[Drill] = field(default_factory=list)
    newest_out: dict[tuple[str, str, str], int] = field(default_factory=dict)
    confirmations: dict[Key, Confirmation] = field(default_factory=dict)
    ledgers: dict[str, str] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)

    def knows(self, fact: Value) -> bool:
        """Return whether a fact was entered before."""
        match fact:
            case AlertStep():
                return fact.id in self.steps
            case Bulletin() if fact.step is not None:
                return fact.id in self.bulletins
            case ReleaseRequest() | Release():
                known = (self.request_of if isinstance(fact, ReleaseRequest) else self.release_of).get(fact.step)
                return known is not None and known.id == fact.id
            case Delivery():
                return fact.outcome in self.delivered(fact.bulletin, fact.channel)
            case Approval():
                return any(one.id == fact.id for one in self.approvals.get(fact.request, ()))
        return fact.id in self.ids if hasattr(fact, "id") else False

    def take(self, fact: Value) -> None:
        """Enter one fact of the log."""
        name = getattr(fact, "id", None)
        if name is None or isinstance(fact, _PASSING) or self.knows(fact):
            return
        if isinstance(fact, Rejection) and not (fact.provenance.author == self.author and fact.what in _OWN):
            return
        match fact:
            case AlertStep():
                self.steps[fact.id] = fact
            case Bulletin() if fact.step is not None:
                self._take_text(fact, fact.step)
            case ReleaseRequest():
                self._take_request(fact)
            case Release():
                self._take_release(fact)
            case Delivery():
                self._take_delivery(fact)
            case Ledger():
                self.ledgers[fact.step] = fact.id
            case Approval():
                if fact.request in self.undecided:
                    self.approvals.setdefault(fact.request, []).append(fact)
            case Confirmation():
                if fact.confirmed:
                    known = replace(fact, independent=(), faults=(), reason="", provenance=_NOBODY)
                    self.confirmations.setdefault((fact.run, fact.track), known)
            case _:
                self.ids.add(name)
                self._take_rest(fact)

    def let_go(self, under_way: Container[str]) -> None:
        """Forget the words of steps that were decided and of which nothing is `under_way`."""
        self.texts = {name: texts for name, texts in self.texts.items() if self._is_awaited(name, under_way)}

    def forget(self, alive: Container[Key], steps: Container[str], expired_s: float) -> None:
        """Forget steps that expired by `expired_s` (Unix, s) and are not among the alerts' own `steps`.

        Of objects that are not `alive` no confirmation is kept. Of a step that people may yet decide nothing goes.
        """
        self.confirmations = {key: one for key, one in self.confirmations.items() if key in alive}
        for step in list(self.steps.values()):
            if step.id not in steps and step.id not in self.texts and parse_instant(step.expires_utc) <= expired_s:
                self._forget_step(step)

    def _forget_step(self, step: AlertStep) -> None:
        for text in self.said.pop(step.id, ()):
            del self.bulletins[text.id]
        for known in (self.steps, self.request_of, self.release_of, self.ledgers):
            known.pop(step.id, None)
        lines = [line for line in self.newest_out if line[:2] == (step.alert, step.audience)]
        for line in lines:
            del self.newest_out[line]

    def _is_awaited(self, step: str, under_way: Container[str]) -> bool:
        decided = step in self.release_of or (step in self.steps and self.steps[step].release == "nothing")
        return step in under_way or not decided

    def texts_of(self, request: ReleaseRequest) -> list[Bulletin]:
        """Return the texts that an undecided request names, with their words."""
        return [one for one in self.texts.get(request.step, []) if one.id in request.bulletins]

    def open_requests(self) -> list[ReleaseRequest]:
        """Return what is asked for and not decided."""
        return list(self.undecided.values())

    def may_go(self, step: AlertStep) -> bool:
        """Return whether a step's texts may go out."""
        release = self.release_of.get(step.id)
        return step.release == "nothing" if release is None else release.outcome == "released"

    def delivered(self, bulletin: str, channel: str) -> dict[str, Fared]:
        """Return what is known of one bulletin on one channel, by outcome."""
        text = self.bulletins.get(bulletin)
        return {one.outcome: one for one in text.fared if one.channel == channel} if text is not None else {}

    def is_overtaken(self, step: AlertStep, channel: str) -> bool:
        """Return whether a later step of the same alert and audience went out on a channel."""
        return self.newest_out.get((step.alert, step.audience, channel), 0) > step.number

    def deliveries_of(self, step: AlertStep) -> list[Fared]:
        """Return all deliveries of a step's texts, text by text in the order in which they were logged."""
        return [one for text in self.said.get(step.id, []) for one in text.fared]

    def _take_text(self, fact: Bulletin, step: str) -> None:
        made = self.steps.get(step)
        known = (step, fact.alert) if made is None or made.alert != fact.alert else (made.id, made.alert)
        text = Text(fact.id, *known, bytes.fromhex(sha256_hex(fact.content.encode())))
        self.bulletins[fact.id] = text
        self.said.setdefault(step, []).append(text)
        self.texts.setdefault(step, []).append(fact)

    def _take_delivery(self, fact: Delivery) -> None:
        self.dirty.add(fact.step)
        text, step = self.bulletins.get(fact.bulletin), self.steps.get(fact.step)
        if text is not None:
            text.take(fact)
        if step is not None and fact.outcome == "sent":
            line = (step.alert, step.audience, fact.channel)
            self.newest_out[line] = max(step.number, self.newest_out.get(line, 0))

    def _take_request(self, fact: ReleaseRequest) -> None:
        if fact.step in self.request_of:
            return
        self.request_of[fact.step] = replace(fact, alert="", bulletins=(), digest="", provenance=_NOBODY)
        if fact.step not in self.release_of:
            self.undecided[fact.id] = fact

    def _take_release(self, fact: Release) -> None:
        self.dirty.add(fact.step)
        if fact.step in self.release_of:
            return
        self.release_of[fact.step] = replace(fact, alert="", keys=(), reason="", provenance=_NOBODY)
        for name in [name for name, one in self.undecided.items() if one.step == fact.step]:
            del self.undecided[name]
            self.approvals.pop(name, None)

    def _take_rest(self, fact: Value) -> None:
        match fact:
            case StandingRule():
                self.rules[fact.id] = fact
            case Drill():
                self.drills.append(fact)
