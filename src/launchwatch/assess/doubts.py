"""Doubts about sensors, paths and pairs of sensors: what makes one, how long it stands, and the stage's memory.

More sensors behind one fault are no proof of anything (`assess.confirmation`). A doubt is raised by the state that
gives reason for it or by an alarm, and takes what it is about out of the count for its tracks, or for all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from launchwatch.assess.paths import are_independent
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import Leap, format_instant, parse_instant
from launchwatch.facts import Alarm, Confirmation, HumanStatement, PathSupport, Provenance, TrackedState

REPEATED = 2
"""Plots that measured what the one before did, to the last digit, from which a sensor is taken to be stuck: noise
of metres on a lattice of centimetres repeats once in thousands of plots."""

SAME_INSTANT_S = 0.002
"""Radars of their own clocks and turns see an object first at instants that differ: two beginnings within so
little are once in thousands of scans of 5 s."""

COINCIDENCES, SHARE = 3, 0.25
"""Beginnings of two sensors at the same instants, and their share of the last ones of the rarer sensor, from which
the two are taken for one. At 0.1 beginnings a second each, chance makes 0.0004 of them common: three of the last
`BEGINNINGS` about once in 10,000 days; a fault behind both makes most of them common."""

BEGINNINGS, BEGINNINGS_S, MOST_KEPT = 20, 600.0, 250
"""So many of the rarer sensor's last beginnings are looked at, none older than so many seconds; so many of each
sensor's are kept, which bounds what a flood costs."""

ONE_PATH_AT_ONCE = 3
"""Sensors behind one path that begin one track at one instant: the fault of ShakeAlert's 2025-12-04."""

BURST, BURST_S, BURST_BORNE_OUT = 8, 10.0, 0.25
"""Tracks like missiles that begin within so long on one path alone, and the share of them that another path must
bear out: a salvo is seen by both within a scan or two; what a fault makes up is seen by one path alone."""

FORGOTTEN_S = 600.0
"""A track of which nothing was heard for so long is forgotten, and so is a doubt that nothing bore out since."""

Key = tuple[str, int]
"""A track: the run that watched it, and its number there."""

Beginning = tuple[float, Key]
"""When a sensor gave its first plot to a track (Unix time), and to which."""

AUTHOR = "launchwatch assess.confirmation"

Why = Literal["stuck", "same instants", "one path at once", "burst", "alarm"]


@dataclass(frozen=True)
class Fault:
    """A doubt about one sensor, about all behind one path, or about two sensors' being two.

    `since_s` is when it arose, `seen_s` when it was last borne out (Unix time); `tracks` are those it is about,
    all where there are none.
    """

    why: Why
    about: Literal["sensor", "path", "pair"]
    name: str
    since_s: float
    seen_s: float
    reason: str
    tracks: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class Known:
    """What is known of one track: its newest state, whether it burned, who may be counted, what was said.

    `missile` is the probability that confirms by itself, `person` the one that a person's word may add to;
    `orbital` that it came from orbit, `since_s` since when it moves like one, `like` that it has for long enough.
    `beside` are partners' tracks that were of the same object: they count on when it leaves the partner's view.
    """

    state: TrackedState
    time_s: float
    begun_s: float
    missile: float
    person: float
    burned: bool
    orbital: bool
    since_s: float | None
    like: bool
    counted: frozenset[str] = frozenset()
    beside: frozenset[Key] = frozenset()
    said: Confirmation | None = None


@dataclass(frozen=True)
class Confirming:
    """All memory of the stage: tracks by run and number, doubts by (why, name), statements by track.

    `begun` holds each sensor's last beginnings of tracks: when, and which. `clock_s` is the newest tick of the
    machine's clock, `leap` are its ticks far ahead that wait to be borne out. Nothing in it is changed in place.
    """

    least_paths: int
    tracks: Mapping[Key, Known] = field(default_factory=dict)
    faults: Mapping[tuple[Why, str], Fault] = field(default_factory=dict)
    begun: Mapping[str, tuple[Beginning, ...]] = field(default_factory=dict)
    bound: frozenset[frozenset[str]] = frozenset()
    statements: Mapping[int, HumanStatement] = field(default_factory=dict)
    now_s: float = -math.inf
    clock_s: float | None = None
    leap: Leap | None = None


def faults_of(state: Confirming) -> tuple[Fault, ...]:
    """Return the doubts that stand, the oldest first."""
    return tuple(sorted(state.faults.values(), key=lambda fault: (fault.since_s, fault.why, fault.name)))


def alarms_between(before: Confirming, after: Confirming) -> tuple[Alarm, ...]:
    """Return the notices of doubts that arose or were dropped from one state of the stage to the next."""
    raised = [after.faults[key] for key in after.faults if key not in before.faults]
    cleared = [before.faults[key] for key in before.faults if key not in after.faults]
    told = [(fault, True) for fault in raised] + [(fault, False) for fault in cleared]
    return tuple(_alarm(fault, after.now_s, raised=new) for fault, new in told if fault.why != "alarm")


def _alarm(fault: Fault, now_s: float, *, raised: bool) -> Alarm:
    what, now = ("raised" if raised else "cleared"), format_instant(now_s)
    since = format_instant(fault.since_s)
    return Alarm(
        id=content_id("alarm", fault.why, fault.name, what, since, now),
        what="sensor",
        name=fault.name,
        state="raised" if raised else "cleared",
        since_utc=since,
        time_utc=now,
        reason=fault.reason,
        provenance=Provenance(author=AUTHOR, created_utc=now),
    )


def is_over(fault: Fault, now_s: float) -> bool:
    """Return whether a doubt has stood long enough; one that a person or a watch raised is cleared by them."""
    return fault.why != "alarm" and fault.seen_s < now_s - FORGOTTEN_S


def take_alarm(state: Confirming, alarm: Alarm) -> Confirming:
    """Doubt a sensor or feed of which somebody else raised an alarm, until it is cleared."""
    if alarm.what not in {"sensor", "feed"} or alarm.provenance.author == AUTHOR:
        return state
    name: tuple[Why, str] = ("alarm", alarm.name)
    if alarm.state == "cleared":
        return replace(state, faults={key: fault for key, fault in state.faults.items() if key != name})
    time_s = parse_instant(alarm.time_utc)
    fault = Fault("alarm", "sensor", alarm.name, parse_instant(alarm.since_utc), time_s, alarm.reason)
    return replace(state, faults={**state.faults, name: fault})


def doubt_of(state: Confirming, one: PathSupport, key: Key) -> Fault | None:
    """Return a doubt that stands about a sensor for a track."""
    for fault in state.faults.values():
        if fault.tracks and key not in fault.tracks:
            continue
        own = one.sensor if fault.about == "sensor" else one.path
        if fault.name == own or (fault.why == "alarm" and fault.name in (one.path, one.host)):
            return fault
    return None


def bound_pairs(state: Confirming) -> frozenset[frozenset[str]]:
    """Return the pairs of sensors that began too many of their last tracks together to be two."""
    return state.bound


def forget_beginnings(state: Confirming, now_s: float) -> Confirming:
    """Return the stage without beginnings that are too long ago, and with the pairs that the others bind."""
    old = now_s - BEGINNINGS_S
    if not any(known[0][0] < old for known in state.begun.values()):
        return state
    kept = {sensor: tuple(one for one in known if one[0] >= old) for sensor, known in state.begun.items()}
    begun = {sensor: known for sensor, known in kept.items() if known}
    still = frozenset(pair for pair in state.bound if _is_bound(begun, *pair))
    return replace(state, begun=begun, bound=still)


def look_for_faults(state: Confirming, key: Key, new: Sequence[PathSupport], *, begun: bool) -> Confirming:
    """Raise the doubts that a track's newest state gives reason for."""
    known = state.tracks[key]
    found = [_stuck(one, state.now_s) for one in known.state.update.support if one.repeated >= REPEATED]
    faults = dict(state.faults)
    if new:
        state = _count_pairs(state, key, new)
        found += _coincidences(state)
        found += _at_once(known, state.now_s)
    if new or begun:
        bursts = _bursts(state, key)
        found += [fault for fault in bursts.values() if fault is not None]
        for path in bursts:
            faults.pop(("burst", path), None)
    if not found and faults == state.faults:
        return state
    for fault in found:
        before = state.faults.get((fault.why, fault.name))
        if before is not None:
            since, tracks = before.since_s, before.tracks | fault.tracks
            faults[fault.why, fault.name] = replace(fault, since_s=since, tracks=tracks)
        else:
            faults[fault.why, fault.name] = fault
    return state if faults == state.faults else replace(state, faults=faults)


def _stuck(one: PathSupport, now_s: float) -> Fault:
    reason = f"stuck: {one.repeated} plots repeat the one before to the last digit"
    return Fault("stuck", "sensor", one.sensor, now_s, now_s, reason)


def _first_s(one: PathSupport) -> float | None:
    return None if one.first_utc is None else parse_instant(one.first_utc)


def _count_pairs(state: Confirming, key: Key, new: Sequence[PathSupport]) -> Confirming:
    """Take a track's beginnings, and judge anew which pairs of their sensors began too many together."""
    begun, fresh = dict(state.begun), set()
    for one in new:
        first = _first_s(one)
        if first is not None and first >= state.now_s - BEGINNINGS_S:
            known = begun.get(one.sensor, ())
            begun[one.sensor] = tuple(sorted((*known, (first, key)))[-MOST_KEPT:])
            fresh.add(one.sensor)
    if not fresh:
        return state
    bound = {pair for pair in state.bound if pair.isdisjoint(fresh)}
    for sensor in fresh:
        bound |= {frozenset((sensor, other)) for other in begun if _is_bound(begun, sensor, other)}
    return replace(state, begun=begun, bound=frozenset(bound))


def _is_bound(begun: Mapping[str, Sequence[Beginning]], one: str, other: str) -> bool:
    """Return whether two sensors share too many of the last beginnings of the one that began fewer."""
    if one == other or min(len(begun.get(one, ())), len(begun.get(other, ()))) < COINCIDENCES:
        return False
    rarer, more = sorted((begun[one], begun[other]), key=len)
    last = [at for at, _ in rarer[-BEGINNINGS:]]
    common = _common(last, [at for at, _ in more if at >= last[0] - SAME_INSTANT_S])
    return common >= COINCIDENCES and common >= SHARE * len(last)


def _common(mine: Sequence[float], theirs: Sequence[float]) -> int:
    """Return how many instants of two rising rows fall together, each counted once."""
    found = i = j = 0
    while i < len(mine) and j < len(theirs):
        if abs(mine[i] - theirs[j]) <= SAME_INSTANT_S:
            found, i, j = found + 1, i + 1, j + 1
        elif mine[i] < theirs[j]:
            i += 1
        else:
            j += 1
    return found


def _coincidences(state: Confirming) -> list[Fault]:
    """Return the doubts about pairs of sensors that keep on beginning tracks together: the two count as one."""
    reason = f"began {COINCIDENCES} tracks or more of their last at the same instants: the two count as one path"
    return [
        Fault("same instants", "pair", " + ".join(sorted(pair)), state.now_s, state.now_s, reason)
        for pair in bound_pairs(state)
    ]


def _at_once(known: Known, now_s: float) -> list[Fault]:
    """Return the doubts about paths behind which several sensors began this track at one instant."""
    by_path: dict[str, list[float]] = {}
    for one in known.state.update.support:
        first = _first_s(one)
        if one.path and first is not None:
            by_path.setdefault(one.path, []).append(first)
    found = []
    for path, firsts in by_path.items():
        firsts.sort()
        span = zip(firsts, firsts[ONE_PATH_AT_ONCE - 1 :], strict=False)
        if any(last - first <= SAME_INSTANT_S for first, last in span):
            reason = f"{ONE_PATH_AT_ONCE} sensors or more behind path {path} began one track at the same instant"
            found.append(Fault("one path at once", "path", path, now_s, now_s, reason))
    return found


def _bursts(state: Confirming, key: Key) -> dict[str, Fault | None]:
    """Return for each path of a track whether many like missiles began on it at once that no other bears out."""
    known = state.tracks[key]
    paths = {one.path for one in known.state.update.support if one.path}
    near = [
        (other, that)
        for other, that in state.tracks.items()
        if other[0] == key[0] and that.since_s is not None and abs(that.begun_s - known.begun_s) <= BURST_S
    ]
    found: dict[str, Fault | None] = {}
    for path in sorted(paths):
        found[path] = None
        mine = [(other, that) for other, that in near if any(o.path == path for o in that.state.update.support)]
        borne = sum(_is_borne_out(that, path) for _, that in mine)
        if len(mine) >= BURST and borne < BURST_BORNE_OUT * len(mine):
            reason = (
                f"{len(mine)} tracks like missiles within {BURST_S:.0f} s behind path {path}, "
                f"{borne} of them borne out by another"
            )
            tracks = frozenset(other for other, _ in mine)
            found[path] = Fault("burst", "path", path, state.now_s, state.now_s, reason, tracks)
    return found


def _is_borne_out(known: Known, path: str) -> bool:
    support = known.state.update.support
    mine = [one for one in support if one.path == path]
    return any(
        other.sensor in known.counted and any(are_independent(one, other) for one in mine)
        for other in support
        if other.path != path
    )
