"""Whether a track is an object that flies like a missile, by how many paths that share nothing.

    start(policy) -> Confirming;  step(state, fact) -> (Confirming, Confirmation | None)

Facts in: TrackedState, TrackMerger, Alarm (of sensors and feeds), HumanStatement, Tick.

A sensor counts for a track once it has given `LEAST_PLOTS` of its own, in half of its looks at least, and while no
doubt about it stands. Two sensors are independent where owner, path and host are known of both and all three
differ. An object is confirmed by a set of `least_paths` sensors that are so pairwise, or by one such sensor and a
person's signed statement that this track is a launch; the caller has verified the signature. In either case one
of the sensors is the node's own, and it must move like a missile. What is doubted, and why, stands in `faults`
(`assess.doubts`).

Time goes on by the ticks of the machine's clock and by what is taken, which may be a little ahead of it. Once it
ticks, what is dated more than `AHEAD_S` beyond its newest tick is not used (beyond the newest fact would let facts
carry time away, each a little further), and ticks that leap wait until they are borne out
(`basis.instants.leap_after`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from launchwatch.assess.doubts import (
    AUTHOR,
    FORGOTTEN_S,
    Confirming,
    Key,
    Known,
    bound_pairs,
    doubt_of,
    forget_beginnings,
    is_over,
    look_for_faults,
    take_alarm,
)
from launchwatch.assess.paths import largest_independent, largest_with
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, leap_after, parse_instant
from launchwatch.facts import (
    Alarm,
    Confirmation,
    HumanStatement,
    PathSupport,
    Provenance,
    Tick,
    TrackedState,
    TrackMerger,
    TrackUpdate,
    Value,
)

LEAST_PLOTS = 3
"""Own plots of a sensor on a track: two stray ones fall into the gate of a track within a minute now and then;
three in at least half of the looks are a tracker's own least for an object. A fourth costs a slow radar 10 s."""

LEAST_SHARE = 0.5
"""Of a sensor's looks since its first plot of the track, the share with a plot: at a detection probability of 0.9
one object in 100,000 falls short over ten looks, while strays reach it by chance alone."""

MISSILE = 0.90
"""Least probability of a missile's classes. A verdict's own name asks 0.99; the other half of the certainty is the
second path, and 0.99 comes some 10 s later in a boost."""

DROPPED = 0.50
"""A confirmed object is one no longer where it is likelier none: between the two nothing flickers."""

LEAST_ENERGY_KM = 25.0
"""Energy height that a confirmed object has in any case (90 % interval): airliners stay below 16 km; a motor that
burns is past it some 25 s after lift-off, a fast jet at 600 m/s and 17 km is above (35 km) and is left to its
class."""

SPACE_PERIGEE_KM = -300.0
"""An object that was never seen to burn and whose perigee lies above this is taken for debris or a satellite that
re-enters: a ballistic flight of 10,000 km has its perigee some 2,500 km below the ground."""

ORBIT_PERIGEE_KM = -600.0
"""A perigee surely above this, before a motor was seen, is from orbit for good: as air slows such a piece its
perigee sinks to a missile's, and the slowing is taken for a motor. A 10,000 km flight's is 2,500 km down."""

BURNED = 0.9
"""Probability of a burning motor from which a track counts as seen to burn."""

HELD_S = 4.0
"""For so long the track must have moved like a missile: a corrupt plot throws a track about for a state or two;
real aircraft with such plots reached a ballistic class of 0.9998 for that long (benchmarks/false_launches.py)."""

SAME_BODY = 16.8
"""Squared Mahalanobis distance (6 dimensions) within which tracks of other sensors are one object: 99 % are."""

SAME_BODY_S = 15.0
"""Tracks are compared over at most so long: beyond, a burning motor has taken the object out of any gate."""

UNKNOWN_M_S2 = 15.0
"""Acceleration, one sigma, that a comparison over time allows for: thrust is known for none of the two."""

VAGUE_M, VAGUE_M_S = 2_500.0, 500.0
"""Largest 1-sigma errors, in any direction and at the time of the comparison, of a partner's track that bears an
own one out: the gate of `SAME_BODY` is then 10 km wide, as far as two launches 5 s apart of a missile at 2 km/s
are. A larger one would bear out whatever flies there. Radars at 1,000 km begin tracks at 1.4 km and 560 m/s. The
speed tells a fast jet (600 m/s) from what is past its boost (2 km/s and more)."""

AHEAD_S = 10.0
"""What is dated further ahead of the clock is not used: twice the error allowed, as in alerts."""

PARTNER = "partner "
"""How the run of a partner's track begins: it bears an own track out as one more path, never alone."""


class Policy(Protocol):
    """What `run.node_settings.PolicySettings` tells this stage."""

    @property
    def least_paths(self) -> int:
        """Return how many independent paths confirm an object."""
        ...


def start(policy: Policy) -> Confirming:
    """Return a stage that has heard nothing."""
    return Confirming(max(1, policy.least_paths))


def step(state: Confirming, fact: Value) -> tuple[Confirming, Confirmation | None]:
    """Take one fact; return what it changes about the confirmation of one track, None where it changes nothing."""
    if isinstance(fact, TrackedState):
        return _take_state(state, fact)
    if isinstance(fact, HumanStatement):
        return _take_statement(state, fact)
    if isinstance(fact, Alarm):
        return take_alarm(state, fact), None
    if isinstance(fact, TrackMerger):
        return _without(state, (fact.run, fact.track)), None
    if isinstance(fact, Tick):
        return _ticked(state, fact), None
    return state, None


def _ticked(state: Confirming, tick: Tick) -> Confirming:
    time_s = parse_instant(tick.time_utc)
    if tick.source != "clock":
        return state if _is_ahead(state, time_s) else _at(state, time_s)
    leap = None if state.clock_s is None else leap_after(state.now_s, time_s, state.leap)
    if leap is not None:
        return replace(state, leap=leap)
    return _at(replace(state, clock_s=max(time_s, state.clock_s or time_s), leap=None), time_s)


def _is_ahead(state: Confirming, time_s: float) -> bool:
    return state.clock_s is not None and time_s > state.clock_s + AHEAD_S


def _at(state: Confirming, now_s: float) -> Confirming:
    """Let time go on: forget tracks that are silent for long, and doubts that nothing bore out since."""
    if now_s <= state.now_s:
        return state
    old = now_s - FORGOTTEN_S
    tracks, faults = state.tracks, state.faults
    if any(known.time_s < old for known in tracks.values()):
        tracks = {key: known for key, known in tracks.items() if known.time_s >= old}
    if any(is_over(fault, now_s) for fault in faults.values()):
        faults = {key: fault for key, fault in faults.items() if not is_over(fault, now_s)}
    return forget_beginnings(replace(state, now_s=now_s, tracks=tracks, faults=faults), now_s)


def _without(state: Confirming, key: Key) -> Confirming:
    return replace(state, tracks={known: one for known, one in state.tracks.items() if known != key})


def _take_statement(state: Confirming, said: HumanStatement) -> tuple[Confirming, Confirmation | None]:
    """Take a person's word on one track; one that names no track stands for none."""
    if said.track is None or said.kind not in {"launch", "no launch"}:
        return state, None
    time_s = parse_instant(said.time_utc)
    state = state if _is_ahead(state, time_s) else _at(state, time_s)
    statements = {number: one for number, one in state.statements.items() if number != said.track}
    if said.kind == "launch":
        statements[said.track] = said
    state = replace(state, statements=statements)
    key = max(
        (key for key in state.tracks if key[1] == said.track), default=None, key=lambda key: _time(state, key)
    )
    return (state, None) if key is None else _told(state, key, said.id)


def _time(state: Confirming, key: Key) -> float:
    return state.tracks[key].time_s


def _take_state(state: Confirming, fact: TrackedState) -> tuple[Confirming, Confirmation | None]:
    key, time_s = (fact.run, fact.track), parse_instant(fact.update.time_utc)
    if _is_ahead(state, time_s):
        return state, None
    state = _at(state, time_s)
    before = state.tracks.get(key)
    if before is not None and time_s < before.time_s:
        return state, None
    known = _known(before, fact, time_s)
    if _is_partners(key):
        return _beside_own(replace(state, tracks={**state.tracks, key: known}), key, fact.id)
    new = _new_sensors(before, fact)
    state = replace(state, tracks={**state.tracks, key: known})
    state = look_for_faults(state, key, new, begun=known.since_s == time_s)
    return _told(state, key, fact.id)


def _is_partners(key: Key) -> bool:
    return key[0].startswith(PARTNER)


def _beside_own(state: Confirming, key: Key, cause: str) -> tuple[Confirming, Confirmation | None]:
    """Return what a partner's state changes about the own track of its object: of theirs alone nothing is said."""
    own = [other for other in state.tracks if not _is_partners(other) and _is_twin(state, other, key)]
    return _told(state, min(own), cause) if own else (state, None)


def _new_sensors(before: Known | None, fact: TrackedState) -> list[PathSupport]:
    """Return the supports of sensors that had not given a plot to the track before."""
    old = {one.sensor for one in before.state.update.support} if before else set()
    return [one for one in fact.update.support if one.sensor not in old]


def _known(before: Known | None, fact: TrackedState, time_s: float) -> Known:
    update = fact.update
    missile, person = missile_of(update)
    burned = (before is not None and before.burned) or (
        update.verdict is not None and update.verdict.burning >= BURNED
    )
    orbital = (before is not None and before.orbital) or (
        not burned and update.verdict is not None and update.verdict.perigee_km.p05 > ORBIT_PERIGEE_KM
    )
    counted = before.counted if before else frozenset()
    enough = {one.sensor for one in update.support if _is_enough(one)}
    if not enough <= counted:
        counted = counted | enough
    was = before is not None and before.like
    # What has moved like a missile goes on as one when drag has taken its energy, near its fall.
    like = (
        missile >= DROPPED
        if was
        else missile >= MISSILE and why_not(update, burned=burned, orbital=orbital) is None
    )
    since_s = before.since_s if before is not None and before.since_s is not None else time_s
    return Known(
        state=fact,
        time_s=time_s,
        begun_s=before.begun_s if before else time_s,
        missile=missile,
        person=person,
        burned=burned,
        orbital=orbital,
        since_s=since_s if like else None,
        like=like and (was or time_s >= since_s + HELD_S),
        counted=counted,
        beside=before.beside if before else frozenset(),
        said=before.said if before else None,
    )


def missile_of(update: TrackUpdate) -> tuple[float, float]:
    """Return the probability of a missile or space launch, without cruise missiles and with them.

    What flies level and fast is a jet as often as a cruise missile: alone the first number confirms.
    """
    class_ = update.class_
    stays = class_.get("aircraft", 0.0) + class_.get("satellite", 0.0)
    flies = max(0.0, 1.0 - stays) if class_ else 0.0
    return max(0.0, flies - class_.get("cruise", 0.0)), flies


def why_not(update: TrackUpdate, *, burned: bool, orbital: bool = False) -> str | None:
    """Return why an object moves like no missile, whatever its class's probability; None where it may be one."""
    if orbital:
        return "it came from orbit"
    verdict = update.verdict
    if verdict is None:
        return "not judged yet"
    if verdict.energy_height_km.p05 < LEAST_ENERGY_KM:
        return f"energy height {verdict.energy_height_km.p05:.0f} km, below {LEAST_ENERGY_KM:.0f}"
    if not burned and verdict.perigee_km.p95 > SPACE_PERIGEE_KM:
        return f"perigee {verdict.perigee_km.median:.0f} km and never seen to burn: from orbit"
    return None


def _is_enough(one: PathSupport) -> bool:
    return one.plots >= LEAST_PLOTS and (one.looks == 0 or one.plots >= LEAST_SHARE * one.looks)


def _told(state: Confirming, key: Key, cause: str) -> tuple[Confirming, Confirmation | None]:
    """Return the state with what is to be said of a track, and that where it differs from what was said."""
    known, twins = state.tracks[key], _twins(state, key)
    beside = known.beside | {twin for twin in twins if _is_partners(twin)}
    if beside != known.beside:
        known = replace(known, beside=beside)
        state = replace(state, tracks={**state.tracks, key: known})
    said = _confirmation(state, key, cause, twins)
    before = known.said
    if before is not None and _gist(before) == _gist(said):
        return state, None
    return replace(state, tracks={**state.tracks, key: replace(known, said=said)}), said


def _gist(said: Confirmation) -> tuple[object, ...]:
    return said.confirmed, said.independent, said.human, said.faults, said.one_with


def _confirmation(state: Confirming, key: Key, cause: str, twins: Sequence[Key]) -> Confirmation:
    known = state.tracks[key]
    one_with = min((number for run, number in twins if run == key[0] and number < key[1]), default=None)
    beside = sorted(known.beside - {*twins})
    supports = [known, *(state.tracks[other] for other in (*twins, *beside) if other in state.tracks)]
    counted, faults = _counted(state, supports)
    chosen = _chosen(counted, supports, bound_pairs(state))
    human = _statement(state, key[1])
    confirmed, reason = _judged(state, known, chosen, human)
    if one_with is not None:
        confirmed, reason = False, f"one object with track {one_with}, which counts; {reason}"
    time_utc = format_instant(max(state.now_s, known.time_s))
    return Confirmation(
        id=content_id("confirmation", key[0], str(key[1]), cause, time_utc),
        run=key[0],
        track=key[1],
        time_utc=time_utc,
        confirmed=confirmed,
        missile=round(known.missile, 4),
        independent=tuple(one.sensor for one in chosen),
        human=human.id if human else None,
        faults=faults,
        reason=reason,
        provenance=Provenance(author=AUTHOR, created_utc=time_utc, derived_from=(cause,)),
        one_with=one_with,
    )


def _chosen(
    counted: Sequence[PathSupport], supports: Sequence[Known], bound: frozenset[frozenset[str]]
) -> tuple[PathSupport, ...]:
    """Return the sensors that make the paths, an own one among them: of partners' word alone there are none."""
    own = {one.sensor for known in supports for one in known.state.update.support if not _is_partners(_key(known))}
    if all(one.sensor in own for one in counted):
        return largest_independent(counted, bound)
    return largest_with(own, counted, bound)


def _key(known: Known) -> Key:
    return known.state.run, known.state.track


def _statement(state: Confirming, track: int) -> HumanStatement | None:
    return state.statements.get(track)


def _judged(
    state: Confirming, known: Known, chosen: Sequence[PathSupport], human: HumanStatement | None
) -> tuple[bool, str]:
    """Return whether an object is confirmed, and the words why."""
    paths, names = len(chosen), ", ".join(one.sensor for one in chosen)
    said = f"{paths} independent path{'' if paths == 1 else 's'}" + (f" ({names})" if names else "")
    if human is not None and paths >= 1 and known.person >= DROPPED:
        return True, f"{said} and the signed statement {human.id}"
    if not known.like:
        held = "" if known.since_s is None else f" for less than {HELD_S:.0f} s"
        other = why_not(known.state.update, burned=known.burned, orbital=known.orbital)
        other = other or f"missile with {known.missile:.2f}{held}"
        return False, f"{said}; not known to move like a missile: {other}"
    if paths >= state.least_paths:
        return True, f"{said}; missile with {known.missile:.2f}"
    return False, f"{said} of {state.least_paths} needed; missile with {known.missile:.2f}"


def _counted(state: Confirming, supports: Iterable[Known]) -> tuple[list[PathSupport], tuple[str, ...]]:
    """Return the sensors that count, each once with its fuller support, and why others do not."""
    counted: dict[str, PathSupport] = {}
    faults: dict[str, None] = {}
    for known in supports:
        for one in known.state.update.support:
            fault = doubt_of(state, one, _key(known))
            if fault is not None:
                faults[f"{one.sensor}: {fault.reason}"] = None
            elif one.sensor in known.counted:
                before = counted.get(one.sensor)
                counted[one.sensor] = one if before is None or one.plots > before.plots else before
    return [counted[name] for name in sorted(counted)], tuple(faults)


def _twins(state: Confirming, key: Key) -> list[Key]:
    """Return the other tracks of the same object, of the same run or a partner's, seen by other sensors."""
    return [other for other in state.tracks if _is_twin(state, key, other)] if state.tracks[key].like else []


def _is_twin(state: Confirming, key: Key, other: Key) -> bool:
    """Return whether another track is of the same object as one: not joined, since other sensors see it."""
    beside = other[0] == key[0] or (_is_partners(other) and not _is_partners(key))
    known, that = state.tracks[key], state.tracks[other]
    if other == key or not beside or not (known.like and that.like):
        return False
    if abs(known.time_s - that.time_s) > SAME_BODY_S:
        return False
    mine = {one.sensor for one in known.state.update.support if one.recent}
    apart = mine.isdisjoint(one.sensor for one in that.state.update.support if one.recent)
    return apart and _same_body(known, that)


def _same_body(one: Known, other: Known) -> bool:
    """Return whether two tracks' states are those of one object, the older carried on to the newer's time."""
    if one.time_s < other.time_s:
        one, other = other, one
    a, b, dt = one.state.update, other.state.update, one.time_s - other.time_s
    if a.covariance is None or b.covariance is None:
        return False
    off = [
        p - q - dt * v for p, q, v in zip(a.position_ecef_m, b.position_ecef_m, b.velocity_ecef_m_s, strict=True)
    ]
    if math.hypot(*off) > _FAR_M or _is_vague(one, 0.0) or _is_vague(other, dt):
        return False
    apart = np.array(off + [v - w for v, w in zip(a.velocity_ecef_m_s, b.velocity_ecef_m_s, strict=True)])
    move = np.eye(6)
    move[:3, 3:] = dt * np.eye(3)
    spread = np.array(a.covariance).reshape(6, 6) + move @ np.array(b.covariance).reshape(6, 6) @ move.T
    gain = np.concatenate([np.full(3, 0.5 * dt * dt), np.full(3, dt)]) * UNKNOWN_M_S2
    spread += np.outer(gain, gain) * np.kron(np.ones((2, 2)), np.eye(3)) + np.diag([1.0] * 3 + [0.01] * 3)
    try:
        return bool(apart @ np.linalg.solve(spread, apart) < SAME_BODY)
    except np.linalg.LinAlgError:  # a partner's covariance is what the partner makes it
        return False


def _is_vague(known: Known, after_s: float) -> bool:
    """Return whether a partner's covariance, carried on for so long, is none or too large to tell bodies apart."""
    covariance = known.state.update.covariance
    if not _is_partners(_key(known)) or covariance is None:
        return False
    told = np.array(covariance).reshape(6, 6)
    told = 0.5 * (told + told.T)
    move = np.eye(6)
    move[:3, 3:] = after_s * np.eye(3)
    carried = move @ told @ move.T
    try:
        least, place, speed = (np.linalg.eigvalsh(one) for one in (told, carried[:3, :3], carried[3:, 3:]))
    except np.linalg.LinAlgError:
        return True
    # Less than nothing by more than rounding: with such a matrix any distance is small.
    return bool(least[0] < -1e-9 * least[-1] or place[-1] > VAGUE_M**2 or speed[-1] > VAGUE_M_S**2)


_FAR_M = 60e3  # no two tracks of one object are farther apart, whatever their covariances say
