"""The `warn` process: from states of tracks to texts that were read back, restartable at any point.

It reads the log in order, folds it (`warning_fold`), and owes what is not there yet: steps with their texts and
the request for them, releases once enough keys have signed, deliveries once a channel took a text and its own
receiver read it back. A text is sent under its bulletin's id: sent again after a crash, it is the same message,
and receivers drop it. Only a release that stands in the log lets anything out.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import Literal, Protocol

from launchwatch.assess import watchdog
from launchwatch.basis.errors import InputError, LogError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.messages import Message, Received
from launchwatch.facts import (
    Alarm,
    AlertStep,
    Bulletin,
    Delivery,
    Drill,
    Heartbeat,
    Ledger,
    Provenance,
    Reach,
    Release,
    ReleaseRequest,
    Tick,
    TrustStore,
    Value,
    canonical_bytes,
)
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.clock import Clock
from launchwatch.run.node_settings import NodeSettings
from launchwatch.run.outlets import Outlet, open_outlets
from launchwatch.run.ports import Appends, Reads
from launchwatch.run.warning_book import Text
from launchwatch.run.warning_fold import AUTHOR, KINDS, Fold
from launchwatch.run.warning_keys import TRUST, Signers, Trust, own_signers
from launchwatch.run.warning_parts import Parts, parts_of
from launchwatch.tell.approvals import judge, request_for
from launchwatch.tell.cap_signing import sign_cap
from launchwatch.tell.envelopes import Accepted, NotAccepted, accept, envelope_of
from launchwatch.tell.ledger import ledger_of
from launchwatch.tell.proficiency import why_drill_counts_not, why_locked

CURSOR = "warn"
BEAT_S = 1.0
"""Between two heartbeats and ticks of the clock: alarms stand within 10 s, of which this is a tenth."""
IDLE_S, BUSY_S = 0.25, 0.02
"""Longest wait for the next fact: 1 % of the 30 s in which loops close; 1 % of 2 s while texts are under way."""
ALONE_S = 2.0
"""So long facts are tried one by one while the log takes none: alarms stand within 10 s, of which a fifth."""
BACK_WITHIN_S = 30.0
"""What own receivers have not read back by then is missing (test T14 of the specification)."""
_SUFFIXES = {"cap": "xml"}
_WAITING = frozenset({"asked", "sent", "released"})
_HEARD_OF = frozenset({"read back", "differs", "missing"})


Outcome = Literal["sent", "read back", "differs", "refused", "missing"]


class Cursors(Appends, Protocol):
    """The keeper's client: appends facts and keeps cursors."""

    def cursor(self, name: str) -> int:
        """Return how far a reader has come."""

    def set_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come."""


def warn(
    folder: Path,
    settings: NodeSettings,
    client: Cursors,
    reader: Reads,
    clock: Clock,
    stopped: Callable[[], bool],
    *,
    parts: Parts | None = None,
    outlets: Sequence[Outlet] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Warn until `stopped`: fold the log, decide, ask, release, send, read back.

    `parts` and `outlets` default to what the settings say. Raises InputError where the node has no keys of its
    realm.
    """
    opened = open_outlets(folder, settings, clock) if outlets is None else outlets
    try:
        desk = open_desk(folder, settings, client, reader, clock, opened, parts=parts, tell=tell)
        while not stopped():
            reader.wait(desk.seq, BUSY_S if desk.busy else IDLE_S)
            desk.turn()
    finally:
        for outlet in opened:
            outlet.close()


def open_desk(
    folder: Path,
    settings: NodeSettings,
    client: Cursors,
    reader: Reads,
    clock: Clock,
    outlets: Sequence[Outlet],
    *,
    parts: Parts | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> "Desk":
    """Return the desk of a node's `warn` process with all that the log says read in."""
    parts = parts or parts_of(settings)
    keys = Trust(folder)
    keys.now()
    signers = own_signers(folder, settings.realm, clock)
    limits = watchdog.Limits(person_s=settings.policy.request_s, plots_live=settings.realm == "live")
    limits = limits.at_pace(settings.pace.speed if settings.pace else 1.0)
    fold = Fold(parts, settings.realm, keys.now, parts.chain, parts.confirming, watchdog.start(limits))
    desk = Desk(folder, settings, client, reader, clock, tuple(outlets), fold, keys, signers, tell)
    desk.read_in()
    return desk


@dataclass
class Desk:
    """The process's hands: what it reads, judges, sends and hears.

    State: the fold; `seq`, the last row taken; steps whose texts are under way; what this process has sent itself;
    when it last gave a sign of life; foreign messages not yet told of; what happened and is not in the log yet;
    ids of what the log refused; the alarm of a trust store that cannot be read.
    """

    folder: Path
    settings: NodeSettings
    client: Cursors
    reader: Reads
    clock: Clock
    outlets: tuple[Outlet, ...]
    fold: Fold
    keys: Trust
    signers: Signers
    tell: Callable[[str], None]
    seq: int = 0
    under_way: dict[str, AlertStep] = field(default_factory=dict)
    sent_here: set[tuple[str, str]] = field(default_factory=set)
    judged: dict[str, tuple[object, ...]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    foreign: Counter[tuple[str, str]] = field(default_factory=Counter)
    beat_s: float = float("-inf")
    kept_s: float = float("-inf")
    waiting: bool = False
    unlogged: list[Value] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    key_alarm: Alarm | None = None

    @property
    def busy(self) -> bool:
        """Return whether texts are being sent or should come back soon."""
        return self.waiting or any(outlet.busy for outlet in self.outlets)

    def read_in(self) -> None:
        """Read what the log holds from where an earlier process said that nothing older matters."""
        begin = self.client.cursor(CURSOR)
        for row in self.reader.rows("rule", "drill"):
            self.fold.take(row.seq, row.fact())
        for row in self.reader.rows("reach", after=begin):
            reach = row.fact()
            if isinstance(reach, Reach) and reach.provenance.derived_from:
                self.fold.reaches[reach.provenance.derived_from[0]] = reach
        rows = [row for row in self.reader.rows("alarm") if row.seq <= begin]
        own = standing_alarms(rows, by=watchdog.AUTHOR)
        for alarm in [*standing_alarms(rows).values(), *own.values()]:
            self.fold.take_standing(alarm)
        self.key_alarm = standing_alarms(self.reader.rows("alarm"), by=AUTHOR).get(("key", TRUST))
        self.seq = begin
        self._read()
        self.fold.live = True
        for outlet in self.outlets:
            outlet.open()

    def turn(self) -> None:
        """Read on, and do what is due once."""
        self._read()
        now = self.clock.now()
        self._check_keys(now)
        due: list[Value] = [
            *self.unlogged,
            *self._signs_of_life(now),
            *self.fold.owed.values(),
            *self._worded(now),
        ]
        due += [
            *self._judged(now),
            *self._went_out(),
            *self._came_back(now),
            *self._missing(now),
            *self._entries(),
        ]
        self._append(due)
        self._send(now)
        self._keep_place(now)

    def _read(self) -> None:
        for row in self.reader.rows(*KINDS, after=self.seq):
            fact = row.fact()
            self.fold.take(row.seq, fact)
            self.seq = row.seq
            step = self._freed_by(fact)
            if step is not None:
                self.under_way[step.id] = step

    def _check_keys(self, now: float) -> None:
        """Owe an alarm where the trust store cannot be read, and its end where it can be again."""
        self.keys.now()
        problem, raised = self.keys.problem, self.key_alarm
        if (problem is None) == (raised is None):
            return
        now_utc = format_instant(now)
        since_utc = raised.since_utc if raised else now_utc
        alarm = Alarm(
            id=content_id("alarm", "key", TRUST, "cleared" if raised else "raised", since_utc),
            what="key",
            name=TRUST,
            state="cleared" if raised else "raised",
            since_utc=since_utc,
            time_utc=now_utc,
            reason=problem or "can be read again",
            provenance=Provenance(author=AUTHOR, created_utc=now_utc),
        )
        self.key_alarm = None if raised else alarm
        self.fold.owed[alarm.id] = alarm

    def _freed_by(self, fact: Value) -> AlertStep | None:
        if isinstance(fact, Release) and fact.outcome == "released":
            return self.fold.book.steps.get(fact.step)
        return fact if isinstance(fact, AlertStep) and fact.release == "nothing" else None

    def _append(self, facts: Sequence[Value]) -> None:
        """Append what is due; what the log refuses is told once, and from then on tried alone."""
        fresh = {str(getattr(one, "id", "")): one for one in facts}
        rest = {name: one for name, one in fresh.items() if name not in self.refused}
        failed: dict[str, str] = {}
        taken = self._taken(list(rest.values()), failed, "") if rest else []
        if failed:
            taken, failed = self._each_alone(rest)
            if not taken:
                self.tell(f"the log takes nothing: {next(iter(failed.values()))}")
            for name, why in failed.items() if taken else ():
                self.refused.add(name)
                self.tell(f"the log refuses {type(rest[name]).__name__} {name}: {why}")
        if taken or not rest:
            taken += self._each_alone({name: one for name, one in fresh.items() if name not in rest})[0]
        done = {str(getattr(one, "id", "")) for one in taken}
        self.refused -= done
        self.unlogged = [
            one for name, one in fresh.items() if name not in done and isinstance(one, Delivery | Ledger)
        ]
        self.fold.logged(taken)

    def _each_alone(self, facts: Mapping[str, Value]) -> tuple[list[Value], dict[str, str]]:
        """Append each alone; return what was taken, and why not the rest. A keeper that is silent ends it soon."""
        taken: list[Value] = []
        failed: dict[str, str] = {}
        until = self.clock.now() + ALONE_S
        for name, one in facts.items():
            taken += self._taken([one], failed, name)
            if not taken and self.clock.now() > until:
                break
        return taken, failed

    def _taken(self, facts: list[Value], failed: dict[str, str], name: str) -> list[Value]:
        try:
            self.client.append(facts)
        except LogError as error:
            failed[name] = str(error)
            return []
        return facts

    def _keep_place(self, now: float) -> None:
        """Tell the keeper once a minute from where a restart must read."""
        due = not 0.0 <= now - self.kept_s < 60.0  # a clock that was ahead and stepped back counts anew
        if due and not self.under_way and not self.fold.book.open_requests():
            self.kept_s = now
            with suppress(LogError):
                self.client.set_cursor(CURSOR, self.fold.remembered_from(self.seq))

    def _signs_of_life(self, now: float) -> list[Value]:
        if 0.0 <= now - self.beat_s < BEAT_S:
            return []
        self.beat_s, now_utc = now, format_instant(now)
        free = disk_usage(self.folder).free
        beat = Heartbeat(
            id=content_id("heartbeat", "warn", now_utc), process="warn", time_utc=now_utc, disk_free_bytes=free
        )
        tick = Tick(id=content_id("tick", "warn", now_utc), time_utc=now_utc, source="clock")
        return [beat, tick, *self._foreign_told()]

    def _foreign_told(self) -> list[Value]:
        """Tell what others put on the own channels, by channel and reason: at most twenty kinds a second."""
        told, self.foreign = self.foreign, Counter()
        return [
            self.fold.rejection(content_id("message", channel, reason, self.fold.now_utc), channel, reason, count)
            for (channel, reason), count in told.most_common(20)
        ]

    def _worded(self, now: float) -> Iterable[Value]:
        """Give every step that is owed its texts and, where people must let it out, ask for it."""
        for step in tuple(self.fold.owed_steps.values()):
            if parse_instant(step.expires_utc) <= now:
                yield from (step, self.fold.rejection(step.id, "step", "decided of the past: it has expired"))
                continue
            try:
                before = [known for name in step.references if (known := self.fold.book.steps.get(name))]
                texts = self.fold.parts.texts(step, before)
            except InputError as error:
                self.tell(f"no text for {step.id}: {error}")
                yield from (step, self.fold.rejection(step.id, "step", f"it cannot be worded: {error}"))
                continue
            request = request_for(step, texts, format_instant(now)) if texts else None
            yield from (step, *texts)
            if request is not None:
                yield request

    def _judged(self, now: float) -> Iterable[Value]:
        """Judge each open request anew when something about it changed, and once a second."""
        book, trust = self.fold.book, self.keys.now()
        requests = book.open_requests()
        locked = self._locked(trust, now) if requests else None
        for request in requests:
            approvals = book.approvals.get(request.id, [])
            mark = (len(approvals), len(self.fold.heard), len(book.rules), self.keys.version, int(now))
            if self.judged.get(request.id) != mark:
                self.judged[request.id] = mark
                yield from self._judge(request, trust, now, locked)

    def _judge(
        self, request: ReleaseRequest, trust: TrustStore, now: float, locked: str | None
    ) -> Iterable[Value]:
        book = self.fold.book
        judgement = judge(
            request,
            book.steps[request.step],
            book.texts_of(request),
            book.approvals.get(request.id, []),
            trust,
            format_instant(now),
            rules=book.rules.values(),
            statements=self.fold.heard,
            locked=locked,
            over=self.fold.parts.why_over(self.fold.chain, request.step),
        )
        for refused in judgement.refused:
            if refused.id not in book.rules:
                rejection = self.fold.rejection(refused.id, "approval", refused.reason)
                if rejection.id not in book.ids:
                    yield rejection
        if judgement.release is not None:
            self.judged.pop(request.id, None)
            yield judgement.release

    def _locked(self, trust: TrustStore, now: float) -> str | None:
        officers = [one.not_before_utc for one in trust.keys if one.role == "officer" and one.realm == "live"]
        if self.settings.realm != "live" or not officers:
            return None
        now_utc = format_instant(now)
        drills: list[Drill] = [
            one for one in self.fold.book.drills if why_drill_counts_not(one, trust, now_utc) is None
        ]
        return why_locked(drills, min(officers), now_utc)

    def _pairs(self) -> Iterable[tuple[AlertStep, Bulletin, Outlet]]:
        for step in self.under_way.values():
            for bulletin in self.fold.book.texts.get(step.id, []):
                for outlet in self.outlets:
                    if outlet.carries(bulletin):
                        yield step, bulletin, outlet

    def _send(self, now: float) -> None:
        """Send all that is let out and not sent, and end what is read back on every channel or has expired.

        What lies in a folder is looked after once more at each start: a loss of power may have taken it. A text
        that a channel did not take goes there no more once a later word on its alert did: it is not to follow it.
        """
        open_steps, self.waiting = set(), False
        for step, bulletin, outlet in tuple(self._pairs()):
            done = self.fold.book.delivered(bulletin.id, outlet.name)
            here = (bulletin.id, outlet.name) in self.sent_here
            back = "read back" in done and (here or outlet.settings.kind != "files")
            late = not done.keys() & {"sent", "read back"} and self.fold.book.is_overtaken(step, outlet.name)
            over = parse_instant(step.expires_utc) <= now
            # What expires under way comes back, or is missing.
            awaited = "sent" in done and not _HEARD_OF & done.keys()
            if back or late or (over and not awaited):
                continue
            open_steps.add(step.id)
            self.waiting = self.waiting or not _HEARD_OF & done.keys()
            if not here and not over and outlet.may_send(bulletin.id):
                outlet.submit(self._message(step, bulletin))
        self.under_way = {name: step for name, step in self.under_way.items() if name in open_steps}
        self.messages = {name: one for name, one in self.messages.items() if self._is_open(name)}
        self.sent_here = {one for one in self.sent_here if self._is_open(one[0])}
        self.fold.book.let_go(self.under_way)

    def _is_open(self, bulletin: str) -> bool:
        found = self.fold.book.bulletins.get(bulletin)
        return found is not None and found.step in self.under_way

    def _message(self, step: AlertStep, bulletin: Bulletin) -> Message:
        if bulletin.id not in self.messages:
            self.messages[bulletin.id] = message_of(
                step, bulletin, self.fold.book.release_of.get(step.id), self.signers
            )
        return self.messages[bulletin.id]

    def _went_out(self) -> Iterable[Value]:
        for outlet in self.outlets:
            for sent in outlet.finished():
                bulletin = self.fold.book.bulletins.get(sent.bulletin)
                if bulletin is None:
                    continue
                if sent.error is None:
                    self.sent_here.add((bulletin.id, outlet.name))
                outcome: Outcome = "sent" if sent.error is None else "refused"
                yield from self._told(bulletin, outlet.name, outcome, sent.at_s, reason=sent.error)

    def _came_back(self, now: float) -> Iterable[Value]:
        for outlet in self.outlets:
            for received in outlet.received():
                yield from self._heard(outlet, received, now)

    def _heard(self, outlet: Outlet, received: Received, now: float) -> Iterable[Value]:
        got = self._accepted(received, now)
        name = got.envelope.bulletin if isinstance(got, Accepted) else got.bulletin
        bulletin = self.fold.book.bulletins.get(name or "")
        if bulletin is None or not self.fold.book.may_go(self.fold.book.steps[bulletin.step]):
            self._note_foreign(outlet, got)
        elif isinstance(got, Accepted) and got.envelope.digest == bulletin.digest:
            yield from self._told(bulletin, outlet.name, "read back", now, received_s=received.received_s)
        elif isinstance(got, Accepted):
            reason = "signed, but not the text that was released"
            yield from self._told(bulletin, outlet.name, "differs", now, received.received_s, reason)
        elif got.kind == "refused":
            self._note_foreign(outlet, got)
        elif got.kind == "differs":
            yield from self._told(bulletin, outlet.name, "differs", now, received.received_s, got.reason)

    def _accepted(self, received: Received, now: float) -> Accepted | NotAccepted:
        """Judge what came back; what expired on its way as at its last moment: it shows that the channel works."""
        trust, realm = self.keys.now(), self.settings.realm
        got = accept(received.content, received.envelope, trust, realm, format_instant(now))
        bulletin = None if isinstance(got, Accepted) else self.fold.book.bulletins.get(got.bulletin or "")
        if isinstance(got, Accepted) or got.kind != "expired" or bulletin is None:
            return got
        last_s = parse_instant(self.fold.book.steps[bulletin.step].expires_utc) - 1e-3
        return accept(received.content, received.envelope, trust, realm, format_instant(last_s))

    def _note_foreign(self, outlet: Outlet, got: Accepted | NotAccepted) -> None:
        if isinstance(got, Accepted):
            self.foreign[outlet.name, "signed by this node's key, but not in its log"] += 1
        elif got.kind == "refused":
            self.foreign[outlet.name, got.reason[:80]] += 1

    def _missing(self, now: float) -> Iterable[Value]:
        for _, bulletin, outlet in self._pairs():
            done = self.fold.book.delivered(bulletin.id, outlet.name)
            sent = done.get("sent")
            late = sent is not None and now - parse_instant(sent.sent_utc) > BACK_WITHIN_S
            if late and not _HEARD_OF & done.keys():
                text = self.fold.book.bulletins[bulletin.id]
                yield from self._told(
                    text, outlet.name, "missing", now, reason=f"not read back in {BACK_WITHIN_S:.0f} s"
                )

    def _told(
        self,
        bulletin: Text,
        channel: str,
        outcome: Outcome,
        at_s: float,
        received_s: float | None = None,
        reason: str | None = None,
    ) -> Iterable[Delivery]:
        """Yield how a text fared on a channel, unless that is known."""
        done = self.fold.book.delivered(bulletin.id, channel)
        if outcome in done:
            return
        first = done.get("sent")
        yield delivery_of(
            bulletin, channel, outcome, first.sent_utc if first else format_instant(at_s), received_s, reason
        )

    def _entries(self) -> Iterable[Ledger]:
        """Enter in the ledger what has come to an end: texts that are out or will not go out."""
        book = self.fold.book
        for step in self._dirty_steps():
            alert = self.fold.chain.alerts.get(step.alert)
            key = alert.key if alert is not None else ("", 0)
            entry = ledger_of(
                step,
                detected_utc=self.fold.detected.get(key),
                confirmation=book.confirmations.get(key),
                request=book.request_of.get(step.id),
                release=book.release_of.get(step.id),
                deliveries=book.deliveries_of(step),
            )
            if entry.outcome not in _WAITING and book.ledgers.get(step.id) != entry.id:
                yield entry

    def _dirty_steps(self) -> Iterable[AlertStep]:
        book = self.fold.book
        dirty, book.dirty = book.dirty, set()
        return [book.steps[name] for name in sorted(dirty) if name in book.steps]


def message_of(step: AlertStep, bulletin: Bulletin, release: Release | None, signers: Signers) -> Message:
    """Return a released text as it goes out: CAP with its own signature, and an envelope that says whose it is."""
    content = bulletin.content.encode()
    if bulletin.form == "cap":
        content = sign_cap(content, signers.channel, key_id=signers.channel_id)
    released_utc = release.decided_utc if release else step.decided_utc
    envelope = envelope_of(
        bulletin, content, signers.node, release=release, released_utc=released_utc, expires_utc=step.expires_utc
    )
    return Message(
        id=bulletin.id,
        content=content,
        envelope=canonical_bytes(envelope),
        suffix=_SUFFIXES.get(bulletin.form, "txt"),
        topic=f"{bulletin.audience}.{bulletin.form}",
    )


def delivery_of(
    bulletin: Text, channel: str, outcome: Outcome, sent_utc: str, received_s: float | None, reason: str | None
) -> Delivery:
    """Return how one text fared on one channel; its id is made of these two and the outcome."""
    return Delivery(
        id=content_id("delivery", bulletin.id, channel, outcome),
        bulletin=bulletin.id,
        step=bulletin.step,
        channel=channel,
        digest=bulletin.digest,
        sent_utc=sent_utc,
        received_utc=None if received_s is None else format_instant(received_s),
        outcome=outcome,
        reason=reason,
        provenance=Provenance(author=AUTHOR, created_utc=sent_utc, derived_from=(bulletin.id,)),
        alert=bulletin.alert,
    )
