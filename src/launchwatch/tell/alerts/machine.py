"""One fact in, what it changes out: each kind of fact has its handler, and then all audiences are decided anew."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from launchwatch.basis.instants import leap_after
from launchwatch.facts import (
    Audience,
    Confirmation,
    Delivery,
    HumanStatement,
    Reach,
    Release,
    Stage,
    Standing,
    Tick,
    Track,
    TrackedState,
    TrackMerger,
    Value,
)
from launchwatch.facts.bulletin import CANCELLING
from launchwatch.tell.alerts.deciding import bar_if_error, decide, withdraw
from launchwatch.tell.alerts.evidence import SEEN_WITHIN_S, is_settled, probability, seconds
from launchwatch.tell.alerts.memory import (
    AUDIENCES,
    OPEN,
    Body,
    Chain,
    Found,
    Info,
    Key,
    Line,
    line_of,
    released_steps,
)
from launchwatch.tell.alerts.merging import merge, surviving
from launchwatch.tell.alerts.policy import Policy, check_policy
from launchwatch.tell.alerts.steps import with_body, with_line
from launchwatch.tell.alerts.wishes import Wish

SWEEP_S = 60.0
"""What is over is looked for once a minute: a search through all objects at each tick costs more than it frees."""

FORGET_S = 86_400.0
"""A closed alert is kept for a day, so that a late release or an officer's word on it still finds it."""

REPEATED = "not used: repeated, or older than what is known"

BY_RULE: tuple[Stage, ...] = ("launch", "fall_predicted")
"""A standing rule may let out an alert's first word, never what lifts one or says that something fell."""


def start(policy: Policy, status: Standing) -> Chain:
    """Return a chain that has heard nothing; every step of it will be of `status`.

    Raises InputError where a figure of the policy cannot be.
    """
    return Chain(policy=check_policy(policy), status=status)


def step(chain: Chain, fact: Value) -> tuple[Chain, Info]:
    """Return the chain after one fact, and what it led to.

    A fact that was taken before, that is older than what is known, or of another kind or realm changes nothing;
    the notes say which. Nothing is raised for what a fact says.
    """
    found = Found()
    take = _TAKERS.get(type(fact))
    if take is None:
        found.note(type(fact).__name__, "says nothing about an alert")
        return chain, Info((), tuple(found.notes))
    chain = take(chain, fact, found) if _is_timely(chain, fact, found) else _heard(chain, fact)
    return chain, Info(tuple(found.steps), tuple(found.notes))


_Dated = Reach | TrackedState | Confirmation | TrackMerger | HumanStatement


def _is_timely(chain: Chain, fact: Any, found: Found) -> bool:  # noqa: ANN401 - any kind of fact that is taken
    """Return whether a fact may be taken: not heard before, not ahead of the clock, not older than any flight."""
    if fact.id in chain.heard:
        found.note(f"{type(fact).__name__} {fact.id}", REPEATED)
        return False
    if not isinstance(fact, _Dated):
        return True
    time_s = seconds(fact.update.time_utc if isinstance(fact, TrackedState) else fact.time_utc)
    if chain.clock_s is not None and _is_ahead(chain, time_s):
        ahead_s = time_s - chain.clock_s
        found.note(f"{type(fact).__name__} {fact.id}", f"not used: dated {ahead_s:.0f} s ahead of the clock")
    elif chain.now_s - time_s >= chain.policy.longest_flight_s:
        found.note(f"{type(fact).__name__} {fact.id}", "not used: older than any flight")
    else:
        return True
    return False


def _is_ahead(chain: Chain, time_s: float) -> bool:
    """Return whether an instant lies too far ahead of the clock: not of other facts, by which it would creep."""
    return chain.clock_s is not None and time_s > chain.clock_s + chain.policy.ahead_s


def _heard(chain: Chain, fact: Any) -> Chain:  # noqa: ANN401 - any kind of fact that is taken
    if fact.id in chain.heard:
        return chain
    return replace(chain, heard={**chain.heard, fact.id: chain.now_s})


def _at(chain: Chain, time_s: float) -> Chain:
    return chain if time_s <= chain.now_s else replace(chain, now_s=time_s)


def _known(chain: Chain, run: str, track: int, found: Found) -> Key | None:
    """Return the object that a track is, None where the track was merged into another's."""
    key = (run, track)
    if key in chain.aliases:
        found.note(f"track {track} of {run}", f"not used: it is one object with track {surviving(chain, key)[1]}")
        return None
    return key


def _body(chain: Chain, key: Key, time_s: float, *, seen: bool) -> Body:
    """Return what is known of an object, or that it was first heard of now, in a state with a plot or not."""
    known = chain.objects.get(key)
    if known is not None:
        return known
    return Body(run=key[0], track=key[1], first_s=time_s, seen_s=time_s if seen else -1.0, state_s=-1.0)


def _is_old(body: Body, time_s: float, newest_s: float, id_: str, taken: tuple[str, ...]) -> bool:
    """Return whether a fact about an object was taken before, or is older than one of its kind that was."""
    return time_s <= body.floor_s or time_s < newest_s or (time_s == newest_s and id_ in taken)


def _take_reach(chain: Chain, fact: Reach, found: Found) -> Chain:
    time_s = seconds(fact.time_utc)
    key, at = _known(chain, fact.run, fact.track, found), _at(chain, time_s)
    if key is None:
        return chain
    body = _body(at, key, time_s, seen=True)
    if _is_old(body, time_s, body.reach_s, fact.id, body.reach_ids):
        found.note(f"reach {fact.id}", REPEATED)
        return chain
    if _is_extrapolated(at.policy, body, time_s):
        found.note(f"reach {fact.id}", "not used: carried on without plots")
        return _heard(chain, fact)
    return decide(with_body(at, _reached(at.policy, body, fact, time_s)), key, found)


def _is_extrapolated(policy: Policy, body: Body, time_s: float) -> bool:
    """Return whether a reach is of a lost track, or of a state after the plots that settled where it falls."""
    if body.plots is None:
        return False
    since_s = time_s - body.seen_s
    return since_s > policy.lost_s or (since_s > SEEN_WITHIN_S and is_settled(policy, body))


def _reached(policy: Policy, body: Body, fact: Reach, time_s: float) -> Body:
    """Return what is known of an object after one reach; without states of its track, each reach has a plot."""
    fall_s = None if fact.fall_utc is None else seconds(fact.fall_utc)
    latest = [seconds(place.latest_utc) for place in fact.places if place.latest_utc is not None]
    seen = body.plots is None or time_s <= body.seen_s
    first_past_s = time_s if body.past_s is None and seen else body.past_s
    return replace(
        body,
        seen_s=max(body.seen_s, time_s) if body.plots is None else body.seen_s,
        state_s=max(body.state_s, time_s),
        reach=fact,
        reach_s=time_s,
        reach_ids=(*body.reach_ids, fact.id) if time_s == body.reach_s else (fact.id,),
        launch_s=body.launch_s if fact.launch_utc is None else seconds(fact.launch_utc),
        fall_s=fall_s,
        last_s=None if fall_s is None else max([fall_s, *latest]),
        over_s=time_s if fact.over_now and seen else body.over_s,
        past_s=first_past_s if fact.past else None,
        below=_below(policy, body, fact, time_s),
        foreseen_s=_foreseen_s(policy, body, fact, time_s),
        ended=body.ended and time_s <= body.state_s,
    )


def _below(policy: Policy, body: Body, fact: Reach, time_s: float) -> dict[Audience, float]:
    """Return since when each audience's probability is below the threshold, without a state above it between."""
    return {
        audience: body.below.get(audience, time_s)
        for audience in AUDIENCES
        if probability(fact, audience) < policy.lift_threshold
    }


def _foreseen_s(policy: Policy, body: Body, fact: Reach, time_s: float) -> float | None:
    """Return since when each state had enough for the public, without one that had less between."""
    if probability(fact, "public") < policy.least("public", fact.forecast):
        return None
    return time_s if body.foreseen_s is None else body.foreseen_s


def _take_state(chain: Chain, fact: TrackedState, found: Found) -> Chain:
    update = fact.update
    time_s = seconds(update.time_utc)
    key, at = _known(chain, fact.run, fact.track, found), _at(chain, time_s)
    if key is None:
        return chain
    body = _body(at, key, time_s, seen=True)
    if _is_old(body, time_s, body.tracked_s, fact.id, body.state_ids):
        found.note(f"state {fact.id}", REPEATED)
        return chain
    burning = 0.0 if update.verdict is None else update.verdict.burning
    coasts_s = None if update.verdict is None or burning > at.policy.burning else (body.coasts_s or time_s)
    body = replace(
        body,
        tracked_s=time_s,
        state_ids=(*body.state_ids, fact.id) if time_s == body.tracked_s else (fact.id,),
        plots=update.plots,
        seen_s=max(body.seen_s, _last_plot_s(body, fact, time_s)),
        state_s=max(body.state_s, time_s),
        coasts_s=coasts_s,
        ended=body.ended and time_s <= body.state_s,
    )
    return decide(with_body(at, body), key, found)


def _last_plot_s(body: Body, fact: TrackedState, time_s: float) -> float:
    """Return when a state's track had its last plot: by its sensors' shares, else if its plots became more."""
    shares = [seconds(one.last_utc) for one in getattr(fact.update, "support", ())]
    if shares:
        return min(max(shares), time_s)
    return time_s if body.plots is None or fact.update.plots > body.plots else body.seen_s


def _take_confirmation(chain: Chain, fact: Confirmation, found: Found) -> Chain:
    time_s, about = seconds(fact.time_utc), f"confirmation {fact.id}"
    key, twin = (fact.run, fact.track), getattr(fact, "one_with", None)
    before, parts = chain, twin is None and time_s > chain.twins.get(key, float("inf"))
    if parts:
        chain = _parted(chain, key, time_s, found)
    at = _at(chain, time_s)
    if _known(chain, fact.run, fact.track, found) is None:
        return before
    body = _body(at, key, time_s, seen=False)
    if _is_old(body, time_s, body.confirmation_s, fact.id, body.confirmation_ids) and not parts:
        found.note(about, REPEATED)
        return before
    ids = (*body.confirmation_ids, fact.id) if time_s == body.confirmation_s else (fact.id,)
    body = replace(body, confirmation=fact, confirmation_s=time_s, confirmation_ids=ids, barred=False)
    at = with_body(at, body)
    into = None if twin is None else surviving(at, (fact.run, twin))
    if into is not None and into != key:
        at = replace(merge(at, key, into, found), twins={**at.twins, key: time_s})
        return decide(at, into, found) if into in at.objects else at
    return decide(at, key, found)


def _parted(chain: Chain, key: Key, now_s: float, found: Found) -> Chain:
    """Return the chain in which a track that was taken for another's object is one of its own again.

    Where that other track is lost, the object goes on as this one, and its alerts with it.
    """
    other = chain.objects.get(surviving(chain, key))
    aliases = {one: into for one, into in chain.aliases.items() if one != key}
    chain = replace(chain, aliases=aliases, twins={one: at for one, at in chain.twins.items() if one != key})
    own = Body(run=key[0], track=key[1], first_s=now_s, seen_s=-1.0, state_s=-1.0, floor_s=now_s)
    chain = with_body(chain, own)
    if other is None or now_s - other.seen_s <= chain.policy.lost_s:
        return chain
    return merge(chain, other.key, key, found)


def _take_merger(chain: Chain, fact: TrackMerger, found: Found) -> Chain:
    key, about = (fact.run, fact.track), f"merger {fact.id}"
    at, into = _heard(_at(chain, seconds(fact.time_utc)), fact), surviving(chain, (fact.run, fact.into))
    if key in at.aliases or into == key:
        found.note(about, "known from its confirmation, and for good now")
        both = {key, (fact.run, fact.into)}
        return replace(at, twins={one: since_s for one, since_s in at.twins.items() if one not in both})
    at = merge(at, key, into, found)
    return decide(at, into, found) if into in at.objects else at


def _take_track(chain: Chain, fact: Track, found: Found) -> Chain:
    """End the object whose newest state is the ended track's last one: a track's own id is that of its plots."""
    last_s = seconds(fact.last_utc)
    ended = [body for body in chain.objects.values() if body.state_s == last_s and not body.ended]
    chain = _heard(chain, fact)
    if len(ended) != 1:
        found.note(f"track {fact.id}", "not used: its last state is not that of one object; it is lost by its age")
        return chain
    return decide(with_body(chain, replace(ended[0], ended=True)), ended[0].key, found)


def _take_statement(chain: Chain, fact: HumanStatement, found: Found) -> Chain:
    about = f"statement {fact.id}"
    if fact.status != chain.status:
        found.note(about, f"not used: {fact.status} in a chain that is {chain.status}")
        return chain
    at = _heard(_at(chain, seconds(fact.time_utc)), fact)
    if fact.kind == "launch":
        return _launch_said(at, fact, found)
    stage: Stage = "no_longer_possible" if fact.kind == "no longer possible" else "issued_in_error"
    named = _named(at, fact)
    if not named:
        found.note(about, "names no alert that is known")
    for alert_id, audience in named:
        at = _taken_back(at, alert_id, audience, stage, fact, found)
    return at


def _launch_said(chain: Chain, fact: HumanStatement, found: Found) -> Chain:
    """Let a signed launch lift the bar on a track; that it stands for a path is the confirmation's to say."""
    found.note(f"statement {fact.id}", "a launch was seen; it counts through the confirmation")
    for body in [body for body in chain.objects.values() if body.track == fact.track and body.barred]:
        chain = decide(with_body(chain, replace(body, barred=False)), body.key, found)
    return chain


def _named(chain: Chain, fact: HumanStatement) -> list[tuple[str, Audience]]:
    """Return the lines that a statement is about: of the alert that it names (or what it became), or a track."""
    if fact.alert is not None:
        alert = chain.alerts.get(fact.alert)
        lines = () if alert is None else alert.lines.values()
        return [(line.merged_into or line.alert, line.audience) for line in lines]
    keys = {surviving(chain, key) for key in (*chain.objects, *chain.aliases) if key[1] == fact.track}
    bodies = [chain.objects[key] for key in sorted(keys) if key in chain.objects]
    return [(alert, audience) for body in bodies for audience, alert in body.lines.items()]


def _taken_back(
    chain: Chain, alert_id: str, audience: Audience, stage: Stage, fact: HumanStatement, found: Found
) -> Chain:
    alert = chain.alerts[alert_id]
    if stage == "issued_in_error":
        alert = replace(alert, error=alert.error or fact.id)
        chain = replace(chain, alerts={**chain.alerts, alert_id: alert})
    why = f"wrong: {fact.reason}" if stage == "issued_in_error" else f"overtaken: {fact.reason}"
    return withdraw(chain, alert, alert.lines[audience], Wish(stage, why), found, fact.id)


def _take_release(chain: Chain, fact: Release, found: Found) -> Chain:
    about, line = f"release {fact.id}", line_of(chain, fact.step)
    if line is None:
        found.note(about, "not used: of no step of this chain")
        return chain
    clock_s = chain.now_s if chain.clock_s is None else chain.clock_s
    latest_s = max(chain.now_s, clock_s + chain.policy.ahead_s)
    time_s = min(seconds(fact.decided_utc), latest_s)  # what is out is out, whatever its date
    at = _at(chain, time_s)
    made = next(one for one in line.steps if one.id == fact.step)
    if fact.step in line.released or (fact.outcome != "released" and fact.step in line.refused):
        found.note(about, "repeated")
        return chain
    if fact.outcome != "released":
        found.note(about, f"{made.stage} was {fact.outcome}: {fact.reason}")
        return with_line(at, at.alerts[line.alert], replace(line, refused=(*line.refused, fact.step)))
    few = _too_few(made.release, made.stage, fact)
    if few:
        found.note(about, f"not counted: {few}")
        return chain
    line = replace(line, released={**line.released, fact.step: time_s})
    at = with_line(at, at.alerts[line.alert], line)
    found.note(about, f"{made.stage} to {line.audience} is out")
    return _cancelled(at, line, found) if made.stage in CANCELLING else _out_late(at, line, fact.step, found)


def _cancelled(chain: Chain, line: Line, found: Found) -> Chain:
    """Close a line whose cancel is out, and take back what was let out since that cancel was made."""
    alert = chain.alerts[line.alert]
    if line.state in OPEN:
        line = replace(line, state="cancelled", closed_s=chain.now_s)
        chain = bar_if_error(with_line(chain, alert, line), alert.id, line.audience)
    stage: Stage = "issued_in_error" if alert.error is not None else "no_longer_possible"
    heard = {step.id for step in released_steps(line)}
    cancels = [step for step in line.steps if step.stage in CANCELLING and step.id in line.released]
    if any(heard <= set(step.references) for step in cancels):
        return chain
    why = Wish(stage, "let out while its cancel waited")
    return withdraw(chain, chain.alerts[line.alert], line, why, found)


def _too_few(needed: str, stage: Stage, fact: Release) -> str:
    """Return what a release lacks of the keys that its step needs, empty where it lacks nothing."""
    if fact.rule is not None and stage in BY_RULE:
        return ""
    least = {"two keys": 2, "one key": 1, "nothing": 0}[needed]
    return "" if len(set(fact.keys)) >= least else f"{needed} needed, {len(set(fact.keys))} given"


def _out_late(chain: Chain, line: Line, step: str, found: Found) -> Chain:
    """Take back what was let out after its alert was over; count what a merged one let out for the other."""
    made = next(one for one in line.steps if one.id == step)
    while line.state == "merged" and line.merged_into is not None:
        line = chain.alerts[line.merged_into].lines[line.audience]
        line = replace(line, taken=(*line.taken, made))
        chain = with_line(chain, chain.alerts[line.alert], line)
    over = line.state in {"cancelled", "ended", "passed"} and made.stage in {
        "launch",
        "fall_predicted",
        "fell_inside",
    }
    if not over or line.audience == "press":
        return chain
    alert = chain.alerts[line.alert]
    stage: Stage = "issued_in_error" if alert.error is not None else "no_longer_possible"
    return withdraw(chain, alert, line, Wish(stage, "let out after its alert was over"), found)


def _take_delivery(chain: Chain, fact: Delivery, found: Found) -> Chain:
    about, line = f"delivery {fact.id}", line_of(chain, fact.step)
    if line is None:
        found.note(about, "not used: of no step of this chain")
        return chain
    if fact.step not in line.released and not _needs_nothing(line, fact.step):
        found.note(about, f"{fact.channel} sent what nobody released")
    found.note(about, f"{fact.channel}: {fact.outcome}")
    if fact.outcome in {"refused", "missing"} or fact.channel in line.channels:
        return chain
    channels = tuple(sorted((*line.channels, fact.channel)))
    return with_line(chain, chain.alerts[line.alert], replace(line, channels=channels))


def _needs_nothing(line: Line, step: str) -> bool:
    return any(one.id == step and one.release == "nothing" for one in line.steps)


def _take_tick(chain: Chain, fact: Tick, found: Found) -> Chain:
    time_s = seconds(fact.time_utc)
    chain, why_not = _timed(chain, time_s) if fact.source == "clock" else (chain, _why_ahead(chain, time_s))
    if why_not:
        found.note(f"tick {fact.id}", why_not)
        return chain if chain.leap is None else _heard(chain, fact)
    chain = _at(chain, time_s)
    since_s = chain.now_s - chain.policy.longest_flight_s
    for key in [key for key, body in chain.objects.items() if body.lines and body.state_s > since_s]:
        chain = decide(chain, key, found)
    return chain if chain.now_s - chain.swept_s < SWEEP_S else _swept(chain)


def _timed(chain: Chain, time_s: float) -> tuple[Chain, str]:
    """Return the chain after a tick of the machine's clock, and why time does not go on by it, if it does not."""
    leap = leap_after(chain.now_s, time_s, chain.leap)
    chain = replace(chain, leap=leap)
    if leap is not None:
        return chain, "held back: far ahead of the clock, until others bear it out"
    if chain.clock_s is not None and time_s <= chain.clock_s:
        return chain, "not used: the clock does not go back"
    return replace(chain, clock_s=time_s), ""


def _why_ahead(chain: Chain, time_s: float) -> str:
    return "not used: of plots ahead of the clock" if _is_ahead(chain, time_s) else ""


def _swept(chain: Chain) -> Chain:
    """Return the chain without what has long been over: objects of which nothing is said, and closed alerts."""

    def stands(body: Body) -> bool:
        return any(chain.alerts[alert].lines[audience].state in OPEN for audience, alert in body.lines.items())

    old_s = chain.now_s - FORGET_S
    short_s = chain.now_s - chain.policy.longest_flight_s
    objects = {
        key: body
        for key, body in chain.objects.items()
        if max(body.state_s, body.confirmation_s) > (old_s if body.lines else short_s) or stands(body)
    }
    used = {alert for body in objects.values() for alert in body.lines.values()}
    alerts = {
        id_: alert
        for id_, alert in chain.alerts.items()
        if id_ in used or alert.began_s > old_s or any(line.closed_s > old_s for line in alert.lines.values())
    }
    steps = {id_: where for id_, where in chain.steps.items() if where[0] in alerts}
    aliased_s = {key: since_s for key, since_s in chain.aliased_s.items() if since_s > old_s}
    aliases = {key: into for key, into in chain.aliases.items() if key in aliased_s}
    return replace(
        chain,
        objects=objects,
        alerts=alerts,
        steps=steps,
        aliases=aliases,
        aliased_s=aliased_s,
        heard={id_: heard_s for id_, heard_s in chain.heard.items() if heard_s > old_s},
        swept_s=chain.now_s,
    )


_TAKERS: dict[type[Value], Callable[[Chain, Any, Found], Chain]] = {
    Reach: _take_reach,
    TrackedState: _take_state,
    Confirmation: _take_confirmation,
    TrackMerger: _take_merger,
    Track: _take_track,
    HumanStatement: _take_statement,
    Release: _take_release,
    Delivery: _take_delivery,
    Tick: _take_tick,
}
