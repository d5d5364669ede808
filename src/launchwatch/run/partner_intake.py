"""What a partner's stream brings, into the log once: checked, counted by the partner's own number, limited.

Messages are taken in the order of the partner's numbers; one that came early waits for those before it, which come
again within seconds, until they are known to be lost. Facts and refusals are on the disk before a message is
acknowledged, so that a broken connection or a killed process repeats it, and nothing twice has an effect.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from msgspec.structs import replace

from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.bus import Incoming
from launchwatch.facts import Alarm, PartnerFact, Provenance, Rejection, Value
from launchwatch.observe.partners import CLOCKS_DIFFER_S, Heard, parse_shared

LOST_S = 8.0
"""Missing messages that have not come again for so long are lost: a stream repeats within 2 s, thrice over."""

MOST_ALIKE = 3
"""Refusals of one reason that stand one by one in a batch; the rest are counted in one."""

MOST_EARLY = 2000
"""Messages that may wait for those before them: what a consumer may have out at a time, twice."""

BURST_S = 2.0
"""A partner that was silent may catch up so many seconds' worth of messages at once."""

FLOOD_S = 3.0
"""More than the agreed rate for so long is a flood, not a burst."""


AUTHOR = "launchwatch run.sharing"
_AWAY = "away: "


class Terms(NamedTuple):
    """Who the partner is, and what is agreed: their key (hex), our name, the realm, messages a second.

    `speed` is how many times faster than the machine's our clock goes (in a drill): what takes time on its
    way takes so much more of it.
    """

    partner: str
    key: str
    me: str
    realm: Literal["live", "exercise"]
    most_per_s: float
    speed: float = 1.0


@dataclass
class Bucket:
    """A token bucket: `rate` messages a second on average, `burst` at once. State: tokens, and when counted."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    at_s: float = -math.inf

    def __post_init__(self) -> None:
        """Begin full."""
        self.tokens = self.burst

    def room(self, now_s: float) -> int:
        """Return how many messages may be taken now."""
        if math.isfinite(self.at_s):
            self.tokens = min(self.burst, self.tokens + max(now_s - self.at_s, 0.0) * self.rate)
        self.at_s = now_s
        return int(self.tokens)

    def take(self, count: int) -> None:
        """Count messages that were taken."""
        self.tokens -= count


@dataclass
class Intake:
    """One partner's feed as it is taken. State: how far, what came early, what rang, rates. Not thread-safe."""

    terms: Terms
    heard: Heard = field(default_factory=Heard)
    early: dict[int, Incoming] = field(default_factory=dict)
    taken: deque[str] = field(default_factory=lambda: deque(maxlen=20_000))
    known: dict[str, int | None] = field(default_factory=dict)
    rung: dict[tuple[str, str], str] = field(default_factory=dict)
    stuck_s: float | None = None
    flood_s: float | None = None
    stored: deque[float] = field(default_factory=deque)
    newest: str | None = None

    def take(
        self, messages: Sequence[Incoming], now_s: float, machine_s: float | None = None
    ) -> tuple[list[Value], list[Incoming]]:
        """Return the facts that these messages make, and which to acknowledge once those are on the disk."""
        now_utc, machine_s = format_instant(now_s), now_s if machine_s is None else machine_s
        made = Provenance(author="launchwatch observe.partners", created_utc=now_utc)
        for one in messages:
            self.early[one.place] = one
        done, facts = list[Incoming](), list[PartnerFact | Rejection]()
        for place in sorted(self.early):
            one = self.early[place]
            fact = self._one(one, now_utc, made, gap=self._is_lost(machine_s))
            if fact == "early":
                break
            del self.early[place]
            done.append(one)
            if isinstance(fact, PartnerFact | Rejection):
                facts.append(fact)
        self._note_stuck(machine_s)
        alarms = [*self._clock_alarms(facts, now_s), *self._flood_alarms(messages, now_s)]
        return [*fewer(facts), *alarms], done

    def _one(
        self, one: Incoming, now_utc: str, made: Provenance, *, gap: bool
    ) -> PartnerFact | Rejection | Literal["early"] | None:
        digest = sha256_hex(one.data)
        if self._came_again(digest, one.place):
            return None
        terms = self.terms
        heard, fact = parse_shared(
            one.data, partner=terms.partner, key=terms.key, me=terms.me, realm=terms.realm, now_utc=now_utc,
            last=self.heard, provenance=made, gap=gap,
        )  # fmt: skip
        if isinstance(fact, Rejection) and fact.reason.startswith("reordered or lost") and not gap:
            return "early" if len(self.early) <= MOST_EARLY else fact
        if heard != self.heard:
            self._remember(digest, one.place)
        self.heard = heard
        if isinstance(fact, PartnerFact):
            self.newest = now_utc
        return fact

    def _came_again(self, digest: str, place: int) -> bool:
        """Return whether a message is ours already, and comes again because its acknowledgement was lost.

        One that stands at another place of the stream is not: it was put there again.
        """
        if digest not in self.known:
            return False
        if self.known[digest] is None:  # from before we were started: its place was not kept
            self.known[digest] = place
        return self.known[digest] == place

    def _remember(self, digest: str, place: int | None) -> None:
        if len(self.taken) == self.taken.maxlen:
            self.known.pop(self.taken[0], None)
        self.taken.append(digest)
        self.known[digest] = place

    def remember(self, digests: Iterable[str]) -> None:
        """Learn which messages are in the log already."""
        for digest in digests:
            self._remember(digest, None)

    def _is_lost(self, now_s: float) -> bool:
        return self.stuck_s is not None and now_s - self.stuck_s >= LOST_S

    def _note_stuck(self, now_s: float) -> None:
        if not self.early:
            self.stuck_s = None
        elif self.stuck_s is None or self._is_lost(now_s):
            self.stuck_s = now_s

    def beat(self, said: str, now_s: float) -> list[Value]:
        """Return the alarms that a sign of life makes: the partner's clock is off, or is right again."""
        self.newest = format_instant(now_s)
        try:
            off = parse_instant(said) - now_s
        except ValueError:
            return []
        return self._ring(
            "clock",
            abs(off) > CLOCKS_DIFFER_S * max(self.terms.speed, 1.0),
            f"their clock is {off:+.0f} s off ours",
            now_s,
        )

    def _clock_alarms(self, facts: Iterable[Value], now_s: float) -> list[Value]:
        ahead = [f for f in facts if isinstance(f, Rejection) and f.reason.startswith("future-dated")]
        return self._ring("clock", bool(ahead), ahead[0].reason, now_s) if ahead else []

    def _flood_alarms(self, messages: Sequence[Incoming], now_s: float) -> list[Value]:
        """Ring where more than the agreed rate was stored by the partner's broker for longer than a burst."""
        limit = self.terms.most_per_s
        self.stored.extend(one.stored_s for one in messages)
        while self.stored and len(self.stored) > limit * FLOOD_S * 2:
            self.stored.popleft()
        span = self.stored[-1] - self.stored[0] if len(self.stored) > 1 else 0.0
        rate = len(self.stored) / max(span, 1e-3) if len(self.stored) >= limit * FLOOD_S else 0.0
        waiting = messages[-1].waiting if messages else 0
        flooding = rate > limit * 1.5
        if not flooding and waiting > limit:
            return []  # it goes on catching up: neither raised nor cleared
        reason = f"floods: {rate:.0f} messages a second, {limit:g} agreed; {waiting} wait in their broker"
        return self._ring("partner", flooding, reason, now_s)

    def away(self, why: str | None, now_s: float) -> list[Value]:
        """Return the alarm that the partner's broker is away (`why`), or is back (None)."""
        return self._ring("partner", why is not None, f"{_AWAY}{why}" if why else "back", now_s, key="away")

    def resume(self, alarms: Iterable[Alarm]) -> None:
        """Learn which alarms about the partner stand since before we were started."""
        for one in alarms:
            if one.name == self.terms.partner:
                self.rung[one.what, one.name + (" away" if one.reason.startswith(_AWAY) else "")] = one.since_utc

    def _ring(self, what: str, wrong: bool, reason: str, now_s: float, key: str = "") -> list[Value]:
        name = self.terms.partner + (f" {key}" if key else "")
        since, now = self.rung.get((what, name)), format_instant(now_s)
        if wrong == (since is not None):
            return []
        if wrong:
            self.rung[what, name] = now
        else:
            del self.rung[what, name]
        state: Literal["raised", "cleared"] = "raised" if wrong else "cleared"
        alarm = Alarm(
            id=content_id("alarm", what, name, state, now), what=what, name=self.terms.partner, state=state,  # type: ignore[arg-type]
            since_utc=since or now, time_utc=now, reason=reason if wrong else "as it should be again",
            provenance=Provenance(author=AUTHOR, created_utc=now),
        )  # fmt: skip
        return [alarm]


def fewer(facts: Sequence[PartnerFact | Rejection]) -> list[PartnerFact | Rejection]:
    """Return a batch in which of many refusals for one reason the first few stand, and one for the rest.

    A refusal that was counted in the partner's sequence stands always: how far the feed was taken follows from it.
    """
    alike: Counter[str] = Counter()
    rest: dict[str, Rejection] = {}
    out: list[PartnerFact | Rejection] = []
    for fact in facts:
        if isinstance(fact, Rejection) and fact.line is None:
            alike[fact.reason] += 1
            if alike[fact.reason] > MOST_ALIKE:
                before = rest.get(fact.reason)
                rest[fact.reason] = replace(fact, count=fact.count + (before.count if before else 0))
                continue
        out.append(fact)
    return [*out, *rest.values()]
