"""The process `share` of a node: its log to the partners' streams, and theirs into its log.

Two threads for each partner, so that none waits for another: a relay (`run.relaying`), which lives by what the log
holds, and an intake (`run.partner_intake`). The main thread compares assessments and says that the process lives.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch import __version__
from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.channels.broker import PARTNER_FILE_BYTES, beat_subject, stream_of
from launchwatch.channels.bus import Address, Bus, BusError
from launchwatch.channels.certificates import Identity
from launchwatch.facts import Heartbeat, PartnerFact, Provenance, Rejection, Value
from launchwatch.facts.labels import Officer
from launchwatch.observe.partners import heard_from
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.clock import Clock, SystemClock
from launchwatch.run.comparing import Comparing
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.keys import load_trust, own_keys
from launchwatch.run.labelling import Labels
from launchwatch.run.node_settings import NodeSettings, PartnerSettings, clock_of, load_node_settings
from launchwatch.run.nodes import broker_folder, log_of, pinned_certificate, socket_of
from launchwatch.run.partner_intake import AUTHOR, BURST_S, Bucket, Intake, Terms
from launchwatch.run.relaying import CHUNK, KINDS, LostError, Publisher, Relay

BEAT_S = 1.0
"""Signs of life to partners and into the log: five may be missed within the watchdog's limit."""

AWAY_S = 5.0
"""A partner's broker that cannot be reached for longer rings: a restart takes two seconds."""

FETCH = 200
"""Messages taken at a time: one commit for all of them, a tenth of a second's work."""

_RETRY_S = 0.25
_WAIT_S = 0.1
_KEPT_S = 10.0  # how often it is noted how far a feed was taken


@dataclass(frozen=True)
class Desk:
    """What every thread of the process needs. Each opens its own connections to the keeper and the log."""

    folder: Path
    settings: NodeSettings
    identity: Identity
    clock: Clock
    stopped: Callable[[], bool]
    machine: Clock = field(default_factory=SystemClock)

    def client(self) -> LogClient:
        """Return a connection to the keeper."""
        return LogClient(socket_of(self.folder, self.settings))

    def reader(self) -> LogReader:
        """Return the log, open for reading."""
        return LogReader(log_of(self.folder, self.settings))

    def made_by(self, step: str) -> Provenance:
        """Return the provenance of a fact that is made now."""
        return Provenance(author=f"launchwatch {__version__} {step}", created_utc=format_instant(self.clock.now()))

    def labels(self) -> Labels:
        """Return labels that have seen nothing, with the officers whom the node trusts."""
        officers = {
            key.id: Officer(self.settings.name, key.public)
            for key in load_trust(self.folder).keys
            if key.role == "officer" and key.realm == self.settings.realm and key.revoked_utc is None
        }
        return Labels(self.settings, officers)


def identity_of(folder: Path, settings: NodeSettings, now_s: float) -> Identity:
    """Return whom the node's connections show; InputError where it has no keys or certificate."""
    found = own_keys(folder, settings.realm, format_instant(now_s)).get("node")
    where = broker_folder(folder, settings)
    if found is None or not (where / "tls.crt").is_file():
        raise InputError(
            "the node has no key or certificate of its own", given=settings.realm, try_="`launchwatch node init`"
        )
    private = found[1]
    assert isinstance(private, Ed25519PrivateKey)  # a node's key is of this kind
    return Identity(private, where / "tls.crt", where / "tls.key")


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`; raises InputError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise InputError("address of a broker", given=text, allowed="HOST:PORT")
    return host.strip("[]"), int(port)


def share(folder: Path, stopped: Callable[[], bool], clock: Clock | None = None) -> None:
    """Share a node's log with its partners, and take what they share, until stopped."""
    settings = load_node_settings(folder)
    clock = clock or clock_of(settings)
    ended: list[BaseException] = []
    desk = Desk(
        folder, settings, identity_of(folder, settings, clock.now()), clock, lambda: bool(ended) or stopped()
    )
    intakes = {name: Intake(_terms(settings, name, one)) for name, one in settings.partners.items()}
    jobs: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        (_relay, (desk, name)) for name in settings.partners
    ]
    jobs += [
        (_take_in, (desk, name, intakes[name]))
        for name, one in settings.partners.items()
        if one.address is not None
    ]

    def run(job: Callable[..., None], given: tuple[object, ...]) -> None:
        try:
            job(*given)
        except BaseException as error:  # noqa: BLE001 - told by the main thread, which ends the process
            ended.append(error)

    threads = [threading.Thread(target=run, args=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        _compare(desk, intakes)
    finally:
        for thread in threads:
            thread.join(2 * AWAY_S)
    if ended:
        raise ended[0]


def _terms(settings: NodeSettings, name: str, partner: PartnerSettings) -> Terms:
    speed = settings.pace.speed if settings.pace else 1.0
    return Terms(name, partner.key, settings.name, settings.realm, partner.most_per_s, speed)


# -- out -------------------------------------------------------------------------------------------------------


def _relay(desk: Desk, partner: str) -> None:
    """Relay to one partner until stopped; begin again from the log where the broker lost its stream."""
    settings = desk.settings
    host, port = address_of(settings.broker) if settings.broker else (settings.host, settings.port)
    own = Address(host, port, settings.name, desk.identity.certificate)
    with desk.client() as client, desk.reader() as reader:
        since_s = _since(desk, client, partner)
        bus = Bus(own, desk.identity, desk.identity.user(partner))
        try:
            while not desk.stopped():
                try:
                    _relay_once(desk, partner, bus, client, reader, since_s)
                except (BusError, LostError):
                    desk.machine.sleep(_RETRY_S)
        finally:
            bus.close()


def _since(desk: Desk, client: LogClient, partner: str) -> float:
    """Return from when on a partner is told, settled when it is first told anything."""
    age = desk.settings.partners[partner].since_s
    if age is None:
        return float("-inf")
    name = f"share.since.{partner}"
    since_us = client.cursor(name)
    if not since_us:
        since_us = max(1, round((desk.clock.now() - age) * 1e6))
        client.set_cursor(name, since_us)
    return since_us / 1e6


def _relay_once(desk: Desk, partner: str, bus: Bus, client: LogClient, reader: LogReader, since_s: float) -> None:
    settings, clock = desk.settings, desk.clock
    bus.connect()
    stream = stream_of(partner)
    subjects = [f"lw.{settings.realm}.{settings.name}.{partner}.>"]
    bus.stream(stream, subjects, most_bytes=PARTNER_FILE_BYTES // 2)
    bus.consumer(stream, partner)
    publisher = Publisher(bus, stream, f"{settings.name}-{partner}")
    relay = Relay(
        settings.name, settings.realm, partner, settings.partners[partner], desk.identity.key, desk.labels(),
        desk.made_by, since_s,
    )  # fmt: skip
    for part in relay.again(reader, publisher.tail()):
        publisher.give(part)
        while not publisher.push():
            if desk.stopped():
                return
            desk.machine.sleep(_RETRY_S)
    beat_s = clock.now()
    while not desk.stopped():
        reader.wait(relay.seq, 0.0 if publisher.unsent else relay.next_s(clock.now(), _WAIT_S))
        if clock.now() >= beat_s and bus.connected:
            beat_s = clock.now() + BEAT_S
            bus.send(beat_subject(settings.realm, settings.name), format_instant(clock.now()).encode())
        if not publisher.push():
            desk.machine.sleep(_RETRY_S)
            continue
        _relay_on(desk, relay, publisher, client, reader)


def _relay_on(desk: Desk, relay: Relay, publisher: Publisher, client: LogClient, reader: LogReader) -> None:
    """Take what is new in the log, write down what goes, and send it; while something is due, the log waits."""
    now = desk.clock.now()
    if relay.next_s(now, _WAIT_S) > 0.0:
        for row in islice(reader.rows(*KINDS, after=relay.seq), CHUNK):
            relay.take(row, now)
    messages, ledger = relay.numbered(relay.due(now), now)
    told, relay.refused = [*relay.refused], []
    if ledger is not None or told:
        client.append([*told, *([ledger] if ledger else [])])
    publisher.give(messages)
    publisher.push()


# -- in --------------------------------------------------------------------------------------------------------


def _take_in(desk: Desk, partner: str, intake: Intake) -> None:
    """Take what one partner shares until stopped."""
    settings = desk.settings
    host, port = address_of(settings.partners[partner].address or "")
    inbox = f"_INBOX_{settings.name}"
    address = Address(host, port, partner, pinned_certificate(desk.folder, settings, partner), inbox)
    with desk.client() as client, desk.reader() as reader:
        _recall(intake, client, reader)
        bus = Bus(address, desk.identity, desk.identity.key)
        away_s: float | None = None
        try:
            while not desk.stopped():
                try:
                    bus.connect(1.0)
                    _take_once(desk, partner, intake, bus, client)
                    away_s = None
                except BusError as error:
                    at_s = desk.machine.now()
                    away_s = away_s if away_s is not None else at_s
                    if at_s - away_s >= AWAY_S and (rung := intake.away(str(error), desk.clock.now())):
                        client.append(rung)
                    desk.machine.sleep(_RETRY_S)
        finally:
            bus.close()


def _recall(intake: Intake, client: LogClient, reader: LogReader) -> None:
    """Learn from the log how far a partner's feed was taken, and what rings about it."""
    partner = intake.terms.partner
    facts = [row.fact() for row in reader.rows("partner", "rejection", after=client.cursor(f"heard.{partner}"))]
    found = [fact for fact in facts if isinstance(fact, PartnerFact | Rejection)]
    intake.heard = heard_from(found, partner)
    intake.resume(standing_alarms(reader.rows("alarm"), by=AUTHOR).values())
    intake.remember(fact.digest for fact in found if isinstance(fact, PartnerFact) and fact.partner == partner)


def _take_once(desk: Desk, partner: str, intake: Intake, bus: Bus, client: LogClient) -> None:
    """Take messages while the connection stands."""
    settings, clock = desk.settings, desk.clock
    rate = settings.partners[partner].most_per_s
    bucket = Bucket(rate, max(rate * BURST_S, 1.0))
    beats = bus.listen(beat_subject(settings.realm, partner))
    kept_s, seq_before = clock.now(), client.head().rows
    while not desk.stopped():
        room = min(bucket.room(desk.machine.now()), FETCH)
        found = bus.fetch(stream_of(settings.name), settings.name, room, 0.5) if room else []
        if not room:
            desk.machine.sleep(_WAIT_S)
        now = clock.now()
        if not bus.connected:
            raise BusError("the connection is gone")
        facts, done = intake.take(found, now, desk.machine.now())
        facts += intake.away(None, now)
        facts += [alarm for beat in _taken(beats) for alarm in intake.beat(beat.decode("ascii", "replace"), now)]
        bucket.take(len(found))
        seq = client.append(facts) if facts else seq_before
        if done:
            bus.ack(done)
        if any(isinstance(fact, PartnerFact) for fact in facts):
            if now >= kept_s + _KEPT_S:
                kept_s = now
                client.set_cursor(f"heard.{partner}", seq_before)  # these facts come after it
            seq_before = seq


def _taken(heard: list[bytes]) -> list[bytes]:
    found = heard[:]
    del heard[: len(found)]
    return found


# -- beside ----------------------------------------------------------------------------------------------------


def _compare(desk: Desk, intakes: dict[str, Intake]) -> None:
    """Compare assessments as they come, and say each second that the process lives."""
    comparing, beat_s = Comparing(), desk.clock.now()
    with desk.client() as client, desk.reader() as reader:
        seq = client.cursor("compared")
        kept_s = desk.clock.now()
        while not desk.stopped():
            reader.wait(seq, _WAIT_S)
            now = desk.clock.now()
            facts = list[Value]()
            for row in islice(reader.rows("state", "partner", "common", after=seq), CHUNK):
                seq = row.seq
                facts += comparing.take(row.fact(), desk.made_by("assess.partners"))
            if now >= beat_s:
                beat_s = now + BEAT_S
                facts.append(_beat(intakes, now))
            if facts:
                client.append(facts)
            if now >= kept_s + _KEPT_S:
                kept_s = now
                client.set_cursor("compared", seq)


def _beat(intakes: dict[str, Intake], now_s: float) -> Heartbeat:
    now = format_instant(now_s)
    newest = {name: one.newest for name, one in intakes.items() if one.newest is not None}
    return Heartbeat(id=content_id("heartbeat", "share", now), process="share", time_utc=now, partners=newest)
