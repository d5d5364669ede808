"""What a node's log says was told in a drill, and what became of it: one entry for each step of an alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launchwatch.facts import (
    Alarm,
    AlertStep,
    Bulletin,
    Comparison,
    Confirmation,
    Delivery,
    PartnerFact,
    Release,
    ReleaseRequest,
    Value,
)
from launchwatch.run.keeper import LogReader

KINDS = (
    "step", "bulletin", "request", "release", "delivery", "confirmation", "partner", "comparison", "alarm",
)  # fmt: skip
"""The kinds of facts that a drill is told and scored by."""


class ToldPlace(Value, frozen=True, kw_only=True):
    """A place that a bulletin named."""

    role: str
    id: str
    name: str
    probability: float


class Told(Value, frozen=True, kw_only=True):
    """One step of an alert as it went out, or did not: what it said, when what happened, on which channels.

    `area` names the districts; `channel` the channels on which every text was read back byte by byte; `outcome` is
    `read back`, `released`, `refused`, `expired`, `asked`, or what went wrong with a delivery. All instants are the
    drill's.
    """

    node: str
    step: str
    alert: str
    number: int
    stage: str
    audience: str
    status: str
    decided_utc: str
    as_of_utc: str
    asked_utc: str | None
    released_utc: str | None
    sent_utc: str | None
    received_utc: str | None
    expires_utc: str
    area: tuple[str, ...]
    rings: tuple[tuple[tuple[float, float], ...], ...]
    places: tuple[ToldPlace, ...]
    probability: float
    channel: tuple[str, ...]
    texts: int
    keys: int
    outcome: str
    reason: str
    fall_lat_deg: float | None = None
    fall_lon_deg: float | None = None
    fall_utc: str | None = None
    digests: tuple[str, ...] = ()


@dataclass
class Found:
    """The facts of one node's log that count for a drill, by kind and by the step that they are about."""

    steps: list[AlertStep] = field(default_factory=list)
    texts: dict[str, list[Bulletin]] = field(default_factory=dict)
    requests: dict[str, ReleaseRequest] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    confirmations: list[Confirmation] = field(default_factory=list)
    partners: dict[str, int] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)

    def take(self, fact: Value) -> None:
        """Enter one fact."""
        match fact:
            case AlertStep():
                self.steps.append(fact)
            case Bulletin() if fact.step is not None:
                self.texts.setdefault(fact.step, []).append(fact)
            case ReleaseRequest():
                self.requests[fact.step] = fact
            case Release():
                self.releases.setdefault(fact.step, fact)
            case Delivery():
                self.deliveries.setdefault(fact.step, []).append(fact)
            case PartnerFact():
                self.partners[fact.partner] = self.partners.get(fact.partner, 0) + 1
            case Confirmation():
                self.confirmations.append(fact)
            case Comparison():
                self.comparisons.append(fact)
            case Alarm():
                self.alarms.append(fact)

    def told(self, node: str) -> tuple[Told, ...]:
        """Return every step in the order of decision."""
        entries = [self._told(node, step) for step in self.steps]
        return tuple(sorted(entries, key=lambda one: (one.decided_utc, one.audience, one.number)))

    def _told(self, node: str, step: AlertStep) -> Told:
        request, release = self.requests.get(step.id), self.releases.get(step.id)
        texts, sent = self.texts.get(step.id, []), self.deliveries.get(step.id, [])
        went_out = release.outcome == "released" if release else step.release == "nothing"
        return Told(
            node=node,
            step=step.id,
            alert=step.alert,
            number=step.number,
            stage=step.stage,
            audience=step.audience,
            status=step.status,
            decided_utc=step.decided_utc,
            as_of_utc=step.as_of_utc,
            asked_utc=request.asked_utc if request else None,
            released_utc=(release.decided_utc if release else step.decided_utc) if went_out else None,
            sent_utc=max((one.sent_utc for one in sent), default=None),
            received_utc=max((one.received_utc for one in sent if one.received_utc), default=None),
            expires_utc=step.expires_utc,
            area=tuple(_name(one.names) for one in step.places if one.role == "district"),
            rings=step.rings,
            places=tuple(
                ToldPlace(role=one.role, id=one.id, name=_name(one.names), probability=one.probability)
                for one in step.places
            ),
            probability=step.probability,
            channel=_read_back(sent),
            texts=len(texts),
            keys=len(release.keys) if release else 0,
            outcome=_outcome(request, release, sent, went_out=went_out),
            reason=(release.reason if release else "") or step.reason,
            fall_lat_deg=step.fall_lat_deg,
            fall_lon_deg=step.fall_lon_deg,
            fall_utc=step.fall_utc,
            digests=tuple(sorted(one.digest or "" for one in texts)),
        )


def found_in(rows: Iterable[Value]) -> Found:
    """Return what facts say of a drill."""
    found = Found()
    for fact in rows:
        found.take(fact)
    return found


def read_found(log: Path | str) -> Found:
    """Return what a node's log says of a drill."""
    with LogReader(log) as reader:
        return found_in(row.fact() for row in reader.rows(*KINDS))


def _name(names: dict[str, str]) -> str:
    return names.get("en") or next(iter(names.values()), "?")


def _read_back(sent: Sequence[Delivery]) -> tuple[str, ...]:
    """Return the channels on which each bulletin that was sent came back as it was."""
    wanted = {(one.channel, one.bulletin) for one in sent}
    back = {(one.channel, one.bulletin) for one in sent if one.outcome == "read back"}
    return tuple(sorted({channel for channel, _ in wanted} - {channel for channel, _ in wanted - back}))


def _outcome(
    request: ReleaseRequest | None, release: Release | None, sent: Sequence[Delivery], *, went_out: bool
) -> str:
    if release is not None and not went_out:
        return release.outcome
    if not went_out:
        return "asked" if request else "decided"
    wrong = sorted({one.outcome for one in sent} - {"sent", "read back"})
    if wrong:
        return ", ".join(wrong)
    wanted = {(one.channel, one.bulletin) for one in sent}
    back = {(one.channel, one.bulletin) for one in sent if one.outcome == "read back"}
    return "read back" if wanted and wanted == back else "sent" if wanted else "released"
