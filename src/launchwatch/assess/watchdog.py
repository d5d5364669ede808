"""Dead-man checks: what should be alive or last and does not: feeds, clocks, people, channels, disk, keys.

`start(limits) -> Watch`, `step(watch, fact) -> (watch, alarms)`: facts are heartbeats, requests, releases,
deliveries and ticks of the clock, which alone let time pass. Each alarm is raised once and cleared once; limits
are chosen so that it stands within 10 s of the fault (test T14 of the specification), of which heartbeats and
ticks take one each.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import LEAP_S, Leap, format_instant, leap_after, parse_instant
from launchwatch.facts import Alarm, Delivery, Heartbeat, Provenance, Release, ReleaseRequest, Tick, Value

What = Literal["feed", "clock", "process", "person", "channel", "disk", "partner", "key"]
Key = tuple[What, str]
_Name = TypeVar("_Name")
_Seen = TypeVar("_Seen")
AUTHOR = "launchwatch assess.watchdog"
DAY_S = 86_400.0
ENDS_WITHIN_DAYS = (30, 7)
"""Days before a certificate or key ends on which it is told: a month to bring the partners' people together, a
week as the last call. After its end no partner is reached."""


@dataclass(frozen=True)
class Limits:
    """After how long silence is a fault, s, and other bounds.

    `process_s`: five missed heartbeats; `feed_s`, `partner_s`: shorter would ring at every pause of a network,
    longer misses the 10 s; `person_s`: an unanswered request escalates (specification, F6); `channel_s`: own
    receivers close the loop (T14); `skew_s`: clocks that differ by more would order facts wrongly (T15);
    `backwards_s`: a step back beyond what a time service slews; `calm_s`: a clock is good again when it kept so
    long; `least_free_bytes`: at 5,000 facts a second of 500 bytes, six minutes. `plots_live`: whether plots should
    carry the machine's time, as they do not where a recording is replayed.
    """

    process_s: float = 5.0
    feed_s: float = 8.0
    partner_s: float = 8.0
    person_s: float = 20.0
    channel_s: float = 30.0
    skew_s: float = 5.0
    backwards_s: float = 0.5
    calm_s: float = 60.0
    least_free_bytes: int = 1_000_000_000
    plots_live: bool = False
    processes: tuple[str, ...] = ()
    leap_s: float = LEAP_S

    def at_pace(self, speed: float) -> "Limits":
        """Return the limits for a clock `speed` times as fast as the machine's, of whose pauses they are to be.

        People keep theirs: an exercise's answer in its own time.
        """
        more = max(1.0, speed)
        return replace(
            self, process_s=more * self.process_s, feed_s=more * self.feed_s, partner_s=more * self.partner_s,
            channel_s=more * self.channel_s, skew_s=more * self.skew_s, backwards_s=more * self.backwards_s,
            leap_s=more * self.leap_s,
        )  # fmt: skip


@dataclass(frozen=True)
class Watch:
    """What was seen last (Unix times, s): processes, feeds, partners, requests, messages under way; alarms.

    `back` is when texts came back of which it was not known yet that they were sent; `leap` are ticks far ahead
    that wait to be borne out, `leapt` the last such, `leapt_s` when it was seen; `ends` when certificates and keys
    end, `endings` what an earlier watch told of them, until they are heard of.
    """

    limits: Limits
    now_s: float | None = None
    begun_s: float | None = None
    stepped_back_s: float | None = None
    leap: Leap | None = None
    leapt: Leap | None = None
    leapt_s: float = float("-inf")
    skew_s: float = 0.0
    processes: dict[str, float] = field(default_factory=dict)
    feeds: dict[str, float] = field(default_factory=dict)
    partners: dict[str, float] = field(default_factory=dict)
    free_bytes: dict[str, int] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    endings: dict[str, str] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    under_way: dict[tuple[str, str], float] = field(default_factory=dict)
    back: dict[tuple[str, str], float] = field(default_factory=dict)
    bad_channels: dict[str, str] = field(default_factory=dict)
    raised: dict[Key, str] = field(default_factory=dict)


def start(limits: Limits) -> Watch:
    """Return a watch that has seen nothing."""
    return Watch(limits)


def step(watch: Watch, fact: Value) -> tuple[Watch, tuple[Alarm, ...]]:
    """Return the watch after one fact, and the alarms that it raises or clears."""
    match fact:
        case Tick(source="clock"):
            return _ticked(watch, parse_instant(fact.time_utc))
        case Tick():
            watch = _compared(watch, parse_instant(fact.time_utc))
        case Heartbeat():
            watch = _beaten(watch, fact)
        case ReleaseRequest():
            watch = replace(watch, asked={**watch.asked, fact.id: parse_instant(fact.asked_utc)})
        case Release():
            watch = replace(watch, asked=_without(watch.asked, fact.request))
        case Delivery():
            watch = _delivered(watch, fact)
    return watch, ()


def resume(watch: Watch, alarm: Alarm) -> Watch:
    """Return a watch that begins anew while an alarm of an earlier one stands: it is cleared by what would have.

    What was silent, full or bad is taken to be so until it is heard of; a clock and a person are judged anew.
    """
    if alarm.provenance.author != AUTHOR or alarm.state != "raised":
        return watch
    name, long_ago = alarm.name, {alarm.name: float("-inf")}
    match alarm.what:
        case "process":
            watch = replace(watch, processes=long_ago | watch.processes)
        case "feed":
            watch = replace(watch, feeds=long_ago | watch.feeds)
        case "partner":
            watch = replace(watch, partners=long_ago | watch.partners)
        case "channel":
            watch = replace(watch, bad_channels={name: alarm.reason} | watch.bad_channels)
        case "disk":
            watch = replace(watch, free_bytes={name: 0} | watch.free_bytes)
        case "key":
            watch = replace(watch, endings={name: alarm.reason} | watch.endings)
        case "sensor" | "log":
            return watch
    return replace(watch, raised={**watch.raised, (alarm.what, name): alarm.since_utc})


def standing(watch: Watch) -> tuple[Key, ...]:
    """Return what is in alarm now."""
    return tuple(sorted(watch.raised))


def _without(values: dict[_Name, _Seen], key: _Name) -> dict[_Name, _Seen]:
    return {one: value for one, value in values.items() if one != key}


def _compared(watch: Watch, plots_s: float) -> Watch:
    skew_s = plots_s - watch.now_s if watch.limits.plots_live and watch.now_s is not None else 0.0
    return replace(watch, skew_s=skew_s)


def _beaten(watch: Watch, beat: Heartbeat) -> Watch:
    free = watch.free_bytes
    if beat.disk_free_bytes is not None:
        free = {**free, beat.process: beat.disk_free_bytes}
    if beat.ends:
        ends = {name: parse_instant(utc) for name, utc in beat.ends.items()}
        watch = replace(watch, ends=ends, endings={})
    return replace(
        watch,
        processes=_later(watch, watch.processes, {beat.process: beat.time_utc}),
        feeds=_later(watch, watch.feeds, beat.feeds),
        partners=_later(watch, watch.partners, beat.partners),
        free_bytes=free,
    )


def _later(watch: Watch, known: dict[str, float], told: dict[str, str]) -> dict[str, float]:
    """Return when each was heard last; what was dated ahead of the clock is forgotten once it is dated rightly."""
    latest_s = float("inf") if watch.now_s is None else watch.now_s + watch.limits.skew_s
    before = {name: time_s for name, time_s in known.items() if time_s <= latest_s}
    return known | {name: max(parse_instant(utc), before.get(name, 0.0)) for name, utc in told.items()}


def _delivered(watch: Watch, delivery: Delivery) -> Watch:
    key = (delivery.channel, delivery.bulletin)
    sent_s = parse_instant(delivery.sent_utc)
    if delivery.outcome == "sent":
        if key in watch.back:  # the receiver was heard before the sender
            return replace(watch, back=_without(watch.back, key))
        return replace(watch, under_way={**watch.under_way, key: sent_s})
    if delivery.outcome == "read back" and key not in watch.under_way:
        young = {one: time_s for one, time_s in watch.back.items() if sent_s - time_s <= watch.limits.channel_s}
        watch = replace(watch, back={**young, key: sent_s})
    under_way = _without(watch.under_way, key)
    bad = _without(watch.bad_channels, delivery.channel)
    if delivery.outcome != "read back":
        bad[delivery.channel] = f"{delivery.outcome}: {delivery.reason or delivery.bulletin}"
    return replace(watch, under_way=under_way, bad_channels=bad)


def _ticked(watch: Watch, now_s: float) -> tuple[Watch, tuple[Alarm, ...]]:
    """Let time go on; a leap is told at once, and is the time from when it is borne out."""
    leap = leap_after(watch.now_s or 0.0, now_s, watch.leap, watch.limits.leap_s)
    if leap is not None:
        seen_s = watch.now_s or now_s
        return _judged(replace(watch, leap=leap, leapt=leap, leapt_s=seen_s), seen_s)
    if watch.leap is not None:
        borne_out = now_s > (watch.now_s or 0.0) + watch.limits.leap_s
        watch = replace(watch, leap=None, leapt_s=now_s if borne_out else watch.leapt_s)
    back = watch.now_s is not None and now_s < watch.now_s - watch.limits.backwards_s
    watch = replace(
        watch,
        now_s=now_s,
        begun_s=watch.begun_s if watch.begun_s is not None and not back else now_s,
        stepped_back_s=now_s if back else watch.stepped_back_s,
    )
    return _judged(watch, now_s)


def _judged(watch: Watch, now_s: float) -> tuple[Watch, tuple[Alarm, ...]]:
    wrong = dict(_wrong(watch, now_s))
    alarms = [_alarm(key, "raised", now_s, now_s, why) for key, why in wrong.items() if key not in watch.raised]
    for key, since_utc in watch.raised.items():
        if key not in wrong:
            why = "as it should be again" if key[0] != "key" else "renewed, or told anew"
            alarms.append(_alarm(key, "cleared", parse_instant(since_utc), now_s, why))
    raised = {key: watch.raised.get(key, format_instant(now_s)) for key in wrong}
    return replace(watch, raised=raised), tuple(alarms)


def _wrong(watch: Watch, now_s: float) -> Iterable[tuple[Key, str]]:
    limits = watch.limits
    expected = dict.fromkeys(limits.processes, watch.begun_s or now_s) | watch.processes
    yield from _silent("process", expected, limits.process_s, now_s)
    yield from _silent("feed", watch.feeds, limits.feed_s, now_s)
    yield from _silent("partner", watch.partners, limits.partner_s, now_s)
    yield from _silent("person", watch.asked, limits.person_s, now_s)
    late = {
        channel: sent_s for (channel, _), sent_s in watch.under_way.items() if now_s - sent_s > limits.channel_s
    }
    for channel in late.keys() | watch.bad_channels.keys():
        yield ("channel", channel), watch.bad_channels.get(channel, "what was sent did not come back")
    for process, free in watch.free_bytes.items():
        if free < limits.least_free_bytes:
            yield ("disk", process), f"{free / 1e6:.0f} MB free, {limits.least_free_bytes / 1e6:.0f} MB needed"
    yield from _endings(watch, now_s)
    yield from _clock_faults(watch, now_s)


def _endings(watch: Watch, now_s: float) -> Iterable[tuple[Key, str]]:
    for name, reason in watch.endings.items():
        yield ("key", name), reason
    for name, end_s in watch.ends.items():
        told = ending(name, end_s, now_s)
        if told is not None:
            yield ("key", told[0]), told[1]


def ending(name: str, end_s: float, now_s: float) -> tuple[str, str] | None:
    """Return the name of the alarm and the words on a certificate or key that ends soon, None where it does not.

    Names of the node's own begin with "own"; `end_s` and `now_s` are Unix times.
    """
    left_s = end_s - now_s
    if left_s > max(ENDS_WITHIN_DAYS) * DAY_S:
        return None
    days = min((days for days in ENDS_WITHIN_DAYS if left_s <= days * DAY_S), default=0)
    stage, ends = (f"{days} days", "ends") if left_s > 0.0 else ("over", "ended")
    renew = "`launchwatch node renew`" if name.startswith("own ") else "they must renew their node"
    do = f"{renew}, then `launchwatch node pair` with each partner, and start the nodes again"
    return f"{name}: {stage}", f"{ends} {format_instant(end_s)[:16]}Z; {do}"


_SILENCE = {
    "process": "no heartbeat",
    "feed": "nothing came",
    "partner": "nothing came",
    "person": "nobody answered the request",
}


def _silent(what: What, seen: dict[str, float], limit_s: float, now_s: float) -> Iterable[tuple[Key, str]]:
    for name, last_s in seen.items():
        if now_s - last_s > limit_s:
            yield (what, name), f"{_SILENCE[what]} for {now_s - last_s:.0f} s, {limit_s:.0f} s allowed"


def _clock_faults(watch: Watch, now_s: float) -> Iterable[tuple[Key, str]]:
    limits, back_s = watch.limits, watch.stepped_back_s
    if back_s is not None and now_s - back_s < limits.calm_s:
        yield ("clock", "machine"), f"stepped backwards at {format_instant(back_s)}"
    elif watch.leapt is not None and now_s - watch.leapt_s < limits.calm_s:
        ahead = format_instant(watch.leapt.first_s)
        yield ("clock", "machine"), f"leapt to {ahead}: it was set, or nothing ran; compare it with another clock"
    if abs(watch.skew_s) > limits.skew_s:
        yield ("clock", "plots"), f"plots differ from the machine by {watch.skew_s:+.0f} s"
    for name, last_s in (*watch.processes.items(), *watch.feeds.items(), *watch.partners.items()):
        if last_s - now_s > limits.skew_s:
            yield ("clock", name), f"{last_s - now_s:.0f} s ahead of the machine"


def _alarm(key: Key, state: Literal["raised", "cleared"], since_s: float, now_s: float, reason: str) -> Alarm:
    since, now = format_instant(since_s), format_instant(now_s)
    return Alarm(
        id=content_id("alarm", *key, state, since),
        what=key[0],
        name=key[1],
        state=state,
        since_utc=since,
        time_utc=now,
        reason=reason,
        provenance=Provenance(author=AUTHOR, created_utc=now),
    )
