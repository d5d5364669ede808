"""What the log holds of releases: steps, texts, requests, signatures, deliveries. Filled by folding the log."""

from dataclasses import dataclass, field

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
    Rejection,
    Release,
    ReleaseRequest,
    StandingRule,
    Tick,
    TrackedState,
    Value,
)

_PASSING = (TrackedState, Tick, Heartbeat, PartnerFact)
"""Facts that come every second, hundreds where partners send them, and are kept by nobody here."""


@dataclass
class Book:
    """State: facts by id or by what they are about; `ids` of all that this process may have written.

    `newest_out` is the number of the newest step that went out, by alert, audience and channel; `author` is how
    this process signs its rejections: those of others, as many as a partner likes, are not kept.
    `dirty` are steps about which something was entered since somebody last took that set.
    """

    author: str = ""
    ids: set[str] = field(default_factory=set)
    steps: dict[str, AlertStep] = field(default_factory=dict)
    bulletins: dict[str, Bulletin] = field(default_factory=dict)
    texts: dict[str, list[Bulletin]] = field(default_factory=dict)
    request_of: dict[str, ReleaseRequest] = field(default_factory=dict)
    approvals: dict[str, list[Approval]] = field(default_factory=dict)
    release_of: dict[str, Release] = field(default_factory=dict)
    rules: dict[str, StandingRule] = field(default_factory=dict)
    drills: list[Drill] = field(default_factory=list)
    deliveries: dict[tuple[str, str], dict[str, Delivery]] = field(default_factory=dict)
    newest_out: dict[tuple[str, str, str], int] = field(default_factory=dict)
    confirmations: dict[tuple[str, int], Confirmation] = field(default_factory=dict)
    ledgers: dict[str, str] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)

    def take(self, fact: Value) -> None:
        """Enter one fact of the log."""
        name = getattr(fact, "id", None)
        if name is None or name in self.ids or isinstance(fact, _PASSING):
            return
        if isinstance(fact, Rejection) and fact.provenance.author != self.author:
            return
        self.ids.add(name)
        match fact:
            case AlertStep():
                self.steps[fact.id] = fact
            case Bulletin() if fact.step is not None:
                self.bulletins[fact.id] = fact
                self.texts.setdefault(fact.step, []).append(fact)
            case ReleaseRequest():
                self.request_of.setdefault(fact.step, fact)
            case Approval():
                self.approvals.setdefault(fact.request, []).append(fact)
            case Release():
                self.release_of.setdefault(fact.step, fact)
                self.dirty.add(fact.step)
            case _:
                self._take_rest(fact)

    def open_requests(self) -> list[ReleaseRequest]:
        """Return what is asked for and not decided."""
        return [one for one in self.request_of.values() if one.step not in self.release_of]

    def may_go(self, step: AlertStep) -> bool:
        """Return whether a step's texts may go out."""
        release = self.release_of.get(step.id)
        return step.release == "nothing" if release is None else release.outcome == "released"

    def delivered(self, bulletin: str, channel: str) -> dict[str, Delivery]:
        """Return what is known of one bulletin on one channel, by outcome."""
        return self.deliveries.get((bulletin, channel), {})

    def is_overtaken(self, step: AlertStep, channel: str) -> bool:
        """Return whether a later step of the same alert and audience went out on a channel."""
        return self.newest_out.get((step.alert, step.audience, channel), 0) > step.number

    def _note_newest(self, fact: Delivery) -> None:
        step = self.steps.get(fact.step)
        if step is not None and fact.outcome == "sent":
            line = (step.alert, step.audience, fact.channel)
            self.newest_out[line] = max(step.number, self.newest_out.get(line, 0))

    def deliveries_of(self, step: AlertStep) -> list[Delivery]:
        """Return all deliveries of a step's texts, in the order in which they were logged."""
        names = {one.id for one in self.texts.get(step.id, [])}
        return [
            one for (bulletin, _), found in self.deliveries.items() if bulletin in names for one in found.values()
        ]

    def _take_rest(self, fact: Value) -> None:
        match fact:
            case StandingRule():
                self.rules[fact.id] = fact
            case Drill():
                self.drills.append(fact)
            case Delivery():
                self.deliveries.setdefault((fact.bulletin, fact.channel), {})[fact.outcome] = fact
                self._note_newest(fact)
                self.dirty.add(fact.step)
            case Confirmation() if fact.confirmed:
                self.confirmations.setdefault((fact.run, fact.track), fact)
            case Ledger():
                self.ledgers[fact.step] = fact.id
