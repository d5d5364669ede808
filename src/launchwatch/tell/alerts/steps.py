"""Steps made and put on their lines: numbers, references, places, expiry and who may let them out."""

from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.facts import AlertStep, Audience, Place, Provenance, Reach, Stage
from launchwatch.facts.bulletin import CANCELLING, LIFTING
from launchwatch.facts.warning import Ring
from launchwatch.tell.alerts.evidence import Finding, places, probability, rings
from launchwatch.tell.alerts.memory import (
    OPEN,
    Alert,
    Body,
    Chain,
    Line,
    LineState,
    last_said,
    released_steps,
)
from launchwatch.tell.alerts.policy import Policy
from launchwatch.tell.alerts.wishes import Wish

AUTHOR = "launchwatch tell.alerts"

STATE_AFTER: dict[Stage, LineState] = {
    "launch": "standing",
    "fall_predicted": "standing",
    "fell_inside": "landed",
    "passed": "passed",
    "fell_at_sea": "ended",
    "no_longer_possible": "cancelled",
    "issued_in_error": "cancelled",
    "information": "standing",
}
"""What a line is in once a step was decided."""

Needed = Literal["two keys", "one key", "nothing"]

_ENCODE = msgspec.json.Encoder().encode


def alert_id(chain: Chain, body: Body, generation: int) -> str:
    """Return the id of an object's alert: made of realm, run, track, when it begins, and how many were before."""
    begins_utc = format_instant(chain.now_s)
    return content_id("alert", chain.status, body.run, str(body.track), begins_utc, str(generation))


def own_probability(line: Line, body: Body | None, finding: Finding | None) -> float:
    """Return what the system itself holds of the danger now: nothing where it is over, or no longer confirmed."""
    if body is None or finding is None or body.reach is None or finding.unconfirmed:
        return 0.0
    if not finding.over:
        return probability(body.reach, line.audience)
    inside = finding.close or finding.fell == "fell_inside"
    return body.reach.territory if inside and line.audience == "public" else 0.0


def release_of(policy: Policy, line: Line, stage: Stage, own: float, now_s: float) -> Needed:
    """Return what lets a step out: two keys, or one for what lifts an alert that may be lifted by one person.

    That is so where the system's own probability is below the release threshold, or where the alert was called
    an error within `retract_alone_s` of its first release.
    """
    if line.audience == "press":
        return "nothing"
    if stage not in LIFTING:
        return "two keys"
    first_s = min(line.released.values(), default=now_s)
    soon = stage == "issued_in_error" and now_s - first_s <= policy.retract_alone_s
    return "one key" if own < policy.threshold(line.audience) or soon else "two keys"


def told(
    policy: Policy, line: Line, stage: Stage, reach: Reach | None
) -> tuple[tuple[Place, ...], tuple[Ring, ...]]:
    """Return places and rings of a step.

    What raises an alarm has those of its own reach and no other. What lifts one has those of the released steps
    that it lifts, since these people are waiting for it; where something fell at sea, ships and aircraft are told
    of its own reach as well.
    """
    last = last_said(line).places if line.steps else ()
    own = ((), ()) if reach is None else (places(policy, reach, line.audience, last), rings(reach, line.audience))
    if stage not in LIFTING:
        return own
    before = released_steps(line)
    named: dict[tuple[str, str], Place] = {}
    if stage == "fell_at_sea" and line.audience != "public":
        named = {(place.role, place.id): place for place in own[0]}
    for step in reversed(before):
        for place in step.places:
            named.setdefault((place.role, place.id), place)
    areas = own[1] if stage == "fell_at_sea" and line.audience != "public" and own[1] else _areas(before)
    return tuple(named.values()), areas


def _areas(before: Iterable[AlertStep]) -> tuple[Ring, ...]:
    return tuple(dict.fromkeys([ring for step in before for ring in step.rings]))


def make_step(
    chain: Chain, line: Line, body: Body | None, finding: Finding | None, wish: Wish, *evidence: str
) -> AlertStep:
    """Return the step that a wish becomes on a line, its id made of all that it says."""
    reach, now_utc = (None if body is None else body.reach), format_instant(chain.now_s)
    own = own_probability(line, body, finding)
    told_places, told_rings = told(chain.policy, line, wish.stage, reach)
    grounds = (*_grounds(body), *evidence)
    step = AlertStep(
        id="",
        alert=line.alert,
        number=len(line.steps) + 1,
        audience=line.audience,
        stage=wish.stage,
        status=chain.status,
        decided_utc=now_utc,
        as_of_utc=now_utc if reach is None else reach.time_utc,
        expires_utc=format_instant(chain.now_s + chain.policy.alert_life_s),
        probability=round(reach.sea if reach is not None and wish.stage == "fell_at_sea" else own, 6),
        passed_utc=_passed_utc(body) if wish.stage == "passed" else None,
        places=told_places,
        rings=told_rings,
        release=release_of(chain.policy, line, wish.stage, own, chain.now_s),
        reason=wish.reason if line.owed in wish.reason else f"{wish.reason}; {line.owed}",
        evidence=grounds,
        references=tuple([step.id for step in released_steps(line)]),
        provenance=Provenance(author=AUTHOR, created_utc=now_utc, derived_from=grounds),
    )
    step = _with_flight(step, reach, finding)
    return replace(step, id=content_id("step", _ENCODE(step)))


def _with_flight(step: AlertStep, reach: Reach | None, finding: Finding | None) -> AlertStep:
    """Return the step with the launch, and with the fall where its stage states one."""
    if reach is None or finding is None:
        return step
    step = replace(
        step,
        launch_utc=reach.launch_utc,
        launch_lat_deg=reach.launch_lat_deg,
        launch_lon_deg=reach.launch_lon_deg,
    )
    informs = step.stage == "information" and (finding.over or not finding.unpredicted)
    if not informs and step.stage not in {"fall_predicted", "fell_at_sea", "fell_inside"}:
        return step
    return replace(
        step,
        fall_utc=reach.fall_utc,
        fall_lat_deg=reach.fall_lat_deg,
        fall_lon_deg=reach.fall_lon_deg,
        sea_name=reach.sea_name,
    )


def _grounds(body: Body | None) -> tuple[str, ...]:
    if body is None:
        return ()
    confirmation = body.confirmation
    own = (body.reach.id if body.reach else None, confirmation.id if confirmation else None)
    human = confirmation.human if confirmation else None
    return tuple([id_ for id_ in (*own, human) if id_ is not None])


def _passed_utc(body: Body | None) -> str | None:
    """Return the last state over protected land, or the first beyond it."""
    if body is None:
        return None
    at_s = body.over_s if body.over_s is not None else body.past_s
    return None if at_s is None else format_instant(at_s)


def with_line(chain: Chain, alert: Alert, line: Line) -> Chain:
    """Return the chain with one line of an alert changed; one that is over is compared with no reach any more."""
    line = line if line.state in OPEN else replace(line, reach=None)
    changed = replace(alert, lines={**alert.lines, line.audience: line})
    return replace(chain, alerts={**chain.alerts, alert.id: changed})


def with_body(chain: Chain, body: Body) -> Chain:
    """Return the chain with one object changed."""
    return replace(chain, objects={**chain.objects, body.key: body})


def closed(chain: Chain, alert: Alert, line: Line, stage: Stage) -> Chain:
    """Return the chain with a line over that told nobody anything: there is nothing to lift."""
    return with_line(chain, alert, replace(line, state=STATE_AFTER[stage], closed_s=chain.now_s, owed=""))


def put(
    chain: Chain, alert: Alert, line: Line, body: Body | None, finding: Finding | None, wish: Wish, *evidence: str
) -> tuple[Chain, AlertStep]:
    """Return the chain with a step on its line, and the step."""
    step = make_step(chain, line, body, finding, wish, *evidence)
    raises = wish.stage not in LIFTING
    after = _state_after(line, step)
    line = replace(
        line,
        state=after,
        steps=(*line.steps, step),
        reach=body.reach if raises and body is not None else line.reach,
        lost=wish.lost if raises else line.lost,
        owed="",
        closed_s=line.closed_s if after in OPEN else chain.now_s,
    )
    chain = with_line(chain, alert, line)
    return replace(chain, steps={**chain.steps, step.id: (alert.id, line.audience)}), step


def _state_after(line: Line, step: AlertStep) -> LineState:
    """Return a line's state once a step was decided: an alert stands while its cancel waits for a second key."""
    if step.stage in CANCELLING and step.release == "two keys":
        return line.state
    return "ended" if step.stage == "information" and line.steps else STATE_AFTER[step.stage]


def audience_line(chain: Chain, body: Body, audience: Audience) -> tuple[Alert, Line] | None:
    """Return the newest alert of an object for an audience, None where it was told nothing."""
    where = body.lines.get(audience)
    if where is None or where not in chain.alerts:
        return None
    alert = chain.alerts[where]
    return alert, alert.lines[audience]
