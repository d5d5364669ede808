"""What the newest facts of one object bear out: each statement has a condition, and decays with the track."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Audience, Confirmation, Place, Reach, Stage
from launchwatch.facts.warning import Ring, Role
from launchwatch.tell.alerts.memory import Body
from launchwatch.tell.alerts.policy import Policy

ROLES: dict[Audience, frozenset[Role]] = {
    "public": frozenset({"district", "territorial sea"}),
    "ships": frozenset({"NAVAREA", "coastal state", "territorial sea"}),
    "aircraft": frozenset({"FIR"}),
    "press": frozenset(),
}
"""Whose places each audience is told of."""

CALLED: frozenset[Role] = frozenset({"NAVAREA", "FIR"})
"""Places whose own people pass the warning on: to tell one is to make it act."""

INSIDE = 0.5
"""Probability from which a settled fall is told as inside: likelier than not."""

LONG_COAST_S = 30.0
"""A pause between two stages is shorter, some seconds: an object that coasted for so long is taken to go on so."""

SEEN_WITHIN_S = 2.0
"""A state so soon after a plot is as good as one with a plot, but for what must have been seen (`has_passed`)."""

seconds = lru_cache(maxsize=4096)(parse_instant)
"""Unix seconds of an instant; facts of one state repeat their texts many times."""


class Finding(NamedTuple):
    """What may be said of an object at one instant.

    `unconfirmed` and `unpredicted` say why not, empty where it may; `fresh` that the track is not lost; `settled`
    that it was followed so far down that the place of its fall is known; `fell` how it ended, where that is over
    and known; `close` that it fell too near a line to tell on which side; `over` that nothing can fall any more;
    `last_s` the last possible instant of the fall.
    """

    unconfirmed: str
    fresh: bool
    unpredicted: str
    settled: bool
    passed: bool
    fell: Stage | None
    close: bool
    over: bool
    last_s: float


def find(policy: Policy, body: Body, now_s: float) -> Finding:
    """Return what the facts about one object bear out at `now_s` (Unix s)."""
    fresh = not body.ended and now_s - body.seen_s <= policy.lost_s
    reach, settled = body.reach, is_settled(policy, body)
    last_s = last_possible_s(policy, body)
    down = reach is not None and has_come_down(policy, body, settled, now_s)
    fell = where_fell(policy, reach) if down and reach is not None else None
    return Finding(
        unconfirmed=why_unconfirmed(policy, body.confirmation),
        fresh=fresh,
        unpredicted=why_unpredicted(policy, body, now_s) if fresh else "the track is lost",
        settled=settled,
        passed=fresh and has_passed(policy, body),
        fell=fell,
        close=down and fell is None and reach is not None and reach.territory >= policy.lift_threshold,
        over=down or (not fresh and now_s >= last_s),
        last_s=last_s,
    )


def why_unconfirmed(policy: Policy, confirmation: Confirmation | None) -> str:
    """Return why an object is not confirmed, empty where it is; the count of paths is checked here once more."""
    if confirmation is None:
        return "not confirmed: no word of its paths yet"
    if not confirmation.confirmed:
        return f"not confirmed: {confirmation.reason}"
    paths = len(set(confirmation.independent)) + (confirmation.human is not None)
    if paths < policy.least_paths or not confirmation.independent:
        return f"not confirmed: {paths} of {policy.least_paths} paths that share nothing"
    return ""


def why_unpredicted(policy: Policy, body: Body, now_s: float) -> str:
    """Return why no fall may be predicted from a track that is not lost, empty where it may."""
    reach = body.reach
    if reach is None or body.fall_s is None or reach.fall_ellipse_95 is None:
        return "no fall is estimated"
    if body.seen_s - body.first_s < policy.follow_s:
        return f"followed for {body.seen_s - body.first_s:.0f} s of {policy.follow_s:g} s"
    if coasted_s(body) < policy.follow_s:
        return "its motor may burn"
    if reach.fall_ellipse_95.semi_major_km > policy.fall_ellipse_km:
        return f"its fall is known to {reach.fall_ellipse_95.semi_major_km:.0f} km only"
    if now_s > body.fall_s + policy.fall_margin_s:
        return "the predicted time is past"
    return ""


def coasted_s(body: Body) -> float:
    """Return for how long (s) the object was known to fly without thrust at its newest reach."""
    if body.reach is not None and body.reach.falling:
        return float("inf")
    return 0.0 if body.coasts_s is None else body.reach_s - body.coasts_s


def is_settled(policy: Policy, body: Body) -> bool:
    """Return whether the newest reach is of a state with a plot so near its fall that the place is settled."""
    reach, fall_s = body.reach, body.fall_s
    if reach is None or fall_s is None or not reach.falling or body.reach_s > body.seen_s + SEEN_WITHIN_S:
        return False
    if reach.fall_ellipse_95 is None or reach.fall_ellipse_95.semi_major_km > policy.fall_ellipse_km:
        return False
    return reach.height_m <= policy.settled_height_m or fall_s - body.reach_s <= policy.settled_s


def last_possible_s(policy: Policy, body: Body) -> float:
    """Return the last instant at which it can fall: by its own path if it coasted, else by any flight's."""
    begun_s = body.launch_s if body.launch_s is not None else body.first_s
    longest_s = begun_s + policy.longest_flight_s
    if body.last_s is None or coasted_s(body) < LONG_COAST_S:
        return longest_s
    return min(body.last_s + policy.fall_margin_s, longest_s)


def has_come_down(policy: Policy, body: Body, settled: bool, now_s: float) -> bool:
    """Return whether a falling object's time is over: at once where it is settled, else after the margin."""
    if body.last_s is None or body.reach is None or not body.reach.falling:
        return False
    return now_s >= body.last_s + (0.0 if settled else policy.fall_margin_s)


def where_fell(policy: Policy, reach: Reach) -> Stage | None:
    """Return the stage that an object's fall calls for, None where it is too close to call or on other land."""
    if reach.territory >= INSIDE:
        return "fell_inside"
    if reach.territory < policy.lift_threshold and reach.sea >= INSIDE:
        return "fell_at_sea"
    return None


def has_passed(policy: Policy, body: Body) -> bool:
    """Return whether the object itself was seen beyond the protected land, with no more of it ahead.

    The state must have a plot of its own and lie after the last one over the land; where none was over it, two
    states beyond are asked for, since one plot may be another object's. The states say for `gone_s` that nothing
    is ahead: between two islands it has not passed.
    """
    reach, since_s = body.reach, body.below.get("public")
    if reach is None or since_s is None or reach.over_now or body.reach_s > body.seen_s:
        return False
    if body.reach_s - since_s < policy.gone_s:
        return False
    if body.over_s is not None:
        return body.reach_s > body.over_s
    return reach.past and body.past_s is not None and body.reach_s > body.past_s


def probability(reach: Reach, audience: Audience) -> float:
    """Return the probability that an audience's area is reached, as a reach has it."""
    if audience == "public":
        return (
            reach.territory
            if reach.past and not reach.over_now
            else max(reach.territory, reach.over, reach.reached)
        )
    if audience == "ships":
        return reach.sea
    return max((place.probability for place in reach.places if place.role == "FIR"), default=0.0)


def places(policy: Policy, reach: Reach, audience: Audience, before: Iterable[Place] = ()) -> tuple[Place, ...]:
    """Return the places of a reach that an audience is told of; `before` are those of its last step.

    A sea area or flight information region is told from the audience's own threshold on and kept as long as the
    reach has it, so that none comes and goes about the threshold; the likeliest one is told in any case.
    """
    roles = ROLES[audience]
    own = [place for place in reach.places if place.role in roles]
    kept = {place.id for place in before if place.role in CALLED}
    least = min(
        policy.threshold(audience), max((place.probability for place in own if place.role in CALLED), default=0.0)
    )
    return tuple([one for one in own if one.role not in CALLED or one.probability >= least or one.id in kept])


def rings(reach: Reach, audience: Audience) -> tuple[Ring, ...]:
    """Return the area of a reach that an audience is told of."""
    return reach.public_rings if audience == "public" else reach.fall_rings
