"""Days on which a real system failed, replayed through the whole chain in one process: expected bulletins exactly.

The `warn` process's own desk (`run.warning`) reads a log in memory, by a clock that goes second by second; two
officers with keys of their own sign what is asked; channels are lists whose receivers read back. Nothing of the
chain is replaced but the log, the clock and the ways out.
"""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.messages import Message, Received
from launchwatch.facts import (
    AlertStep,
    Bulletin,
    Reach,
    ReleaseRequest,
    TrackedState,
    Value,
    encode_fact,
    realm_of,
)
from launchwatch.facts.trust import KeyRealm
from launchwatch.run.drill.told import Told, found_in
from launchwatch.run.keys import load_signer, make_key, make_node_keys, trust_key
from launchwatch.run.node_settings import ChannelSettings, NodeSettings, PolicySettings
from launchwatch.run.outlets import Outlet
from launchwatch.run.warning import Desk, open_desk
from launchwatch.run.warning_parts import Parts, parts_of
from launchwatch.simulate import histories as scripts
from launchwatch.simulate.histories import Act, Expected, History
from launchwatch.tell.approvals import digest_of, sign_approval, sign_statement
from launchwatch.tell.wording import say_stage

NODE = "HIST"
ISSUER = {"live": "Warning centre", "exercise": "Warning centre (exercise)"}
PASSPHRASE = "a day that was, once more"  # noqa: S105 - keys that live as long as the replay
_ROLES = {"public": "district", "ships": "NAVAREA", "aircraft": "FIR"}
_SETTLES = 400  # looks at a second of the replay: sending and reading back take a handful


class HistoryResult(Value, frozen=True, kw_only=True):
    """What a replayed day came to: the bulletins as lines, and what was not as expected."""

    schema: str = "launchwatch history 1"
    name: str
    title: str
    failure: str
    passed: bool
    reasons: tuple[str, ...]
    lines: tuple[str, ...]
    bulletins: tuple[Told, ...]


def histories() -> dict[str, str]:
    """Return the names of the days that can be replayed, with their titles."""
    return {name: scripts.load_history(name).title for name in scripts.histories()}


def replay_history(name: str) -> HistoryResult:
    """Replay one day; InputError for one that is not known."""
    history = scripts.load_history(name)
    with tempfile.TemporaryDirectory(prefix="launchwatch-history-") as folder:
        day = Day(history, Path(folder))
        day.run()
        told = found_in(day.log.facts).told(NODE)
        steps = [fact for fact in day.log.facts if isinstance(fact, AlertStep)]
        reasons = [*compared(steps, history.expected), *day.faults(told)]
    return HistoryResult(
        name=history.name,
        title=history.title,
        failure=history.failure,
        passed=not reasons,
        reasons=tuple(reasons),
        lines=tuple(_line(one) for one in told),
        bulletins=told,
    )


def gist(step: AlertStep) -> Expected:
    """Return a step in the form in which a history expects it."""
    role = _ROLES.get(step.audience)
    return Expected(
        audience=step.audience,
        stage=step.stage,
        at_utc=_second(step.decided_utc) or "",
        release=step.release,
        places=tuple(sorted(place.id for place in step.places if place.role == role)),
        fall_utc=_second(step.fall_utc),
        references=len(step.references),
    )


def compared(steps: Sequence[AlertStep], expected: Sequence[Expected]) -> Iterator[str]:
    """Yield how steps differ from those expected, in any order: each must come, and none beside them."""
    left = [gist(step) for step in steps]
    for one in expected:
        if one in left:
            left.remove(one)
        else:
            yield f"expected and not told: {_words(one)}"
    for one in left:
        yield f"told and not expected: {_words(one)}"


@dataclass
class MemoryLog:
    """A log in memory, for one process. State: facts in order, ids, cursors."""

    facts: list[Value] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    cursors: dict[str, int] = field(default_factory=dict)

    def append(self, facts: Sequence[Value]) -> int:
        """Take facts whose ids are new, as the keeper does; each must be one that a log can hold."""
        for fact in facts:
            name = str(getattr(fact, "id", len(self.facts)))
            if name not in self.ids:
                encode_fact(fact)
                self.ids.add(name)
                self.facts.append(fact)
        return len(self.facts)

    def cursor(self, name: str) -> int:
        """Return how far a reader has come."""
        return self.cursors.get(name, 0)

    def set_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come."""
        self.cursors[name] = seq

    def rows(self, *kinds: str, after: int = 0) -> Iterator["MemoryRow"]:
        """Yield rows in order."""
        for seq in range(after, len(self.facts)):
            row = MemoryRow(seq + 1, encode_fact(self.facts[seq])[0], self.facts[seq])
            if not kinds or row.kind in kinds:
                yield row

    def wait(self, after: int, timeout_s: float) -> bool:  # noqa: ARG002 - nobody else appends
        """Return whether there is a row above `after`."""
        return len(self.facts) > after


@dataclass(frozen=True)
class MemoryRow:
    """One row of a log in memory."""

    seq: int
    kind: str
    held: Value

    def fact(self) -> Value:
        """Return the fact."""
        return self.held


@dataclass
class SetClock:
    """A clock that is set. State: the Unix time that it shows."""

    time_s: float

    def now(self) -> float:
        """Return the Unix time that it shows, s."""
        return self.time_s

    def sleep(self, seconds: float) -> None:
        """Let no time pass: the replay sets it."""


@dataclass
class MemoryChannel:
    """A way out and its own receiver. State: what was sent, and what was not yet read back."""

    clock: SetClock
    sent: list[Message] = field(default_factory=list)
    waiting: list[Received] = field(default_factory=list)

    def send(self, message: Message) -> None:
        """Carry a message."""
        self.sent.append(message)
        self.waiting.append(Received(message.content, message.envelope, self.clock.now()))

    def poll(self) -> list[Received]:
        """Return what has come."""
        came, self.waiting = self.waiting, []
        return came

    def close(self) -> None:
        """Nothing is held open."""


class Day:
    """One day's replay. State: log, clock, the desk, officers' keys, requests that wait for them."""

    def __init__(self, history: History, folder: Path) -> None:
        self.history, self.log = history, MemoryLog()
        told = list(scripts.facts_of(history))
        self._told, self._acts = told, sorted(history.acts, key=lambda act: act.at_utc)
        begins = [_time_s(fact) for fact in told] + [parse_instant(act.at_utc) for act in self._acts]
        self.clock = SetClock(float(math.floor(min(begins))))
        realm: KeyRealm = realm_of(history.status) or "exercise"
        self._keys = {
            "live": _officers(folder, "live", self.clock), "exercise": _officers(folder, "exercise", self.clock)
        }  # fmt: skip
        self._realm, self._area_lost = realm, False
        make_node_keys(folder, realm, NODE, self.clock.now() - 1.0)
        self.channel = MemoryChannel(self.clock)
        outlet = Outlet(
            "list", ChannelSettings(kind="files", to="-"), lambda: self.channel, lambda: self.channel, self.clock
        )
        self._outlet = outlet
        policy, least = PolicySettings(), history.release_threshold
        settings = NodeSettings(
            name=NODE,
            realm=realm,
            protects=history.protects,
            issuer=ISSUER[realm],
            sender="warning@launchwatch.invalid",
            policy=policy if least is None else replace(policy, release_threshold=least),
        )
        parts = parts_of(settings)
        parts = replace_reach(parts, self._reach(parts.reach))
        self.desk: Desk = open_desk(
            folder, settings, self.log, self.log, self.clock, (outlet,), parts=parts, tell=self._note
        )
        self._signed: set[str] = set()
        self.notes: list[str] = []

    def run(self) -> None:
        """Let the day pass, second by second."""
        until_s = math.ceil(parse_instant(self.history.until_utc))
        while self.clock.time_s <= until_s:
            self._second()
            self.clock.time_s += 1.0
        self._outlet.close()

    def faults(self, told: Sequence[Told]) -> Iterator[str]:
        """Yield what must not be on any day: texts not read back, of another status, or without the keys."""
        for one in told:
            if one.released_utc and one.outcome != "read back":
                yield f"{one.audience} {one.stage} of {one.decided_utc}: {one.outcome}"
            if one.status != self.history.status:
                yield f"{one.audience} {one.stage}: status {one.status}"
            if one.audience == "public" and one.stage in {"launch", "fall_predicted"} and one.released_utc and one.keys < 2:  # fmt: skip  # noqa: E501
                yield f"{one.audience} {one.stage}: released by {one.keys} keys"
        yield from self.notes

    def _second(self) -> None:
        now_s = self.clock.now()
        while self._told and _time_s(self._told[0]) <= now_s:
            self.log.append([self._told.pop(0)])
        while self._acts and parse_instant(self._acts[0].at_utc) <= now_s:
            self.desk.turn()
            self._act(self._acts.pop(0))
        self._sign(now_s)
        for _ in range(_SETTLES):
            before = len(self.log.facts)
            self.desk.turn()
            if len(self.log.facts) == before and not self._outlet.busy and not self.channel.waiting:
                return

    def _reach(
        self, real: Callable[[TrackedState, Reach | None], Reach]
    ) -> Callable[[TrackedState, Reach | None], Reach]:
        def reach(state: TrackedState, before: Reach | None) -> Reach:
            found = real(state, before)
            return replace(found, places=(), public_rings=(), fall_rings=()) if self._area_lost else found

        return reach

    def _sign(self, now_s: float) -> None:
        """Sign what was asked long enough ago, each request once, after a look at its texts."""
        for row in list(self.log.rows("request")):
            request = row.fact()
            assert isinstance(request, ReleaseRequest)
            due = parse_instant(request.asked_utc) + self.history.keys_after_s <= now_s
            if due and request.id not in self._signed:
                self._signed.add(request.id)
                self._approve(request, now_s)

    def _approve(self, request: ReleaseRequest, now_s: float) -> None:
        book = self.desk.fold.book
        texts = [one for one in self.log.facts if isinstance(one, Bulletin) and one.id in request.bulletins]
        if digest_of(book.steps[request.step], texts) != request.digest:
            self.notes.append(f"{request.id}: the texts are not those that the request names")
            return
        keys = self._keys[self._realm][: 1 if request.needed == "one key" else 2]
        self.log.append([sign_approval(request, key, format_instant(now_s)) for key in keys])

    def _act(self, act: Act) -> None:
        if act.act in {"area lost", "area found"}:
            self._area_lost = act.act == "area lost"
        if act.act == "statement":
            steps = [fact for fact in self.log.facts if isinstance(fact, AlertStep)]
            alert = steps[-1].alert if steps and act.track is None else None
            said = scripts.statement_of(self.history, act, alert)
            realm = realm_of(said.status) or self._realm
            self.log.append([sign_statement(said, self._keys[realm][0])])

    def _note(self, text: str) -> None:
        self.notes.append(text)


def replace_reach(parts: Parts, reach: Callable[[TrackedState, Reach | None], Reach]) -> Parts:
    """Return a chain's parts with another reach."""
    from dataclasses import replace as replaced

    return replaced(parts, reach=reach)


def _officers(folder: Path, realm: KeyRealm, clock: SetClock) -> tuple[Ed25519PrivateKey, ...]:
    keys = []
    for holder in ("officer one", "officer two"):
        key = make_key(
            folder / "officers", role="officer", realm=realm, holder=holder, now=clock.now() - 1.0,
            passphrase=PASSPHRASE,
        )  # fmt: skip
        trust_key(folder, key)
        keys.append(load_signer(folder / "officers" / f"{key.id}.pem", PASSPHRASE))
    return tuple(keys)


def _time_s(fact: Value) -> float:
    return parse_instant(fact.update.time_utc if isinstance(fact, TrackedState) else getattr(fact, "time_utc", ""))


def _second(time_utc: str | None) -> str | None:
    return time_utc[:19] + "Z" if time_utc else None


def _words(one: Expected) -> str:
    fall = f", fall {one.fall_utc}" if one.fall_utc else ""
    return (
        f"{one.at_utc} {one.audience} {one.stage} ({', '.join(one.places) or 'no place'}{fall}; {one.release}; "
        f"{one.references} references)"
    )


def _line(one: Told) -> str:
    places = ", ".join(one.area) or ", ".join(place.id for place in one.places if place.role in {"NAVAREA", "FIR"})
    return (
        f"{one.decided_utc[11:19]} {one.audience:8} {say_stage(one.stage, one.reason):18} {one.outcome:9} {places}"
    )
