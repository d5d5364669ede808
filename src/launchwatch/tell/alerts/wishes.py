"""What an audience should be told next of an object, if anything: the order of stages, and the rule of repeats.

A step repeats a stage only where a reader would act on what changed: a district, NAVAREA or flight information
region is added (at most every `repeat_s`), some are only dropped (every `remove_s`), the time of the fall moved by
more than `time_change_s` or its place out of the ellipse told, the track was lost or found again, or the alert is
about to expire (`renew_s`). A stage that the audience was not in before never waits.
"""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import format_instant
from launchwatch.facts import AlertStep, Audience, Place, Reach, Stage
from launchwatch.tell.alerts.evidence import Finding, places, probability, rings, seconds
from launchwatch.tell.alerts.memory import Body, Line, last_said
from launchwatch.tell.alerts.policy import Policy

DROPPED = "dropped: "


class Wish(NamedTuple):
    """A step to be made: stage, whether its track is lost, and why."""

    stage: Stage
    reason: str
    lost: bool = False


class Case(NamedTuple):
    """All that a wish follows from; `line` is None where the audience was told nothing yet."""

    policy: Policy
    body: Body
    finding: Finding
    audience: Audience
    line: Line | None
    now_s: float


def wish(case: Case) -> Wish | str:
    """Return the step to make for an audience now, or why none is."""
    if case.line is None:
        return first_wish(case)
    if case.line.state == "landed" and case.finding.fell == "fell_inside":
        return _renewed(case, "fell_inside", "it fell inside, and nobody has lifted the alert")
    if case.line.state == "passed":
        return _after_passing(case)
    return _standing(case)


_MOSTLY = 0.5  # share of a probability that rests on a forecast, from which it must hold for some time


def first_wish(case: Case) -> Wish | str:
    """Return the step that begins an alert, or why none does: no stage waits for an earlier one."""
    finding, reach = case.finding, case.body.reach
    if finding.unconfirmed:
        return finding.unconfirmed
    if reach is None:
        return "its reach is not known"
    if finding.fell == "fell_inside" and case.audience == "public":
        return raised(case, Wish("fell_inside", "it fell inside, followed down"))
    if not finding.fresh:
        return "the track is lost, and nothing was said of it"
    return _too_little(case, reach) or raised(case, _raising(case))


def _too_little(case: Case, reach: Reach) -> str | None:
    """Return why a probability is not enough to begin with, None where it is."""
    at = probability(reach, case.audience)
    least = case.policy.least(case.audience, reach.forecast)
    if at < least:
        return f"probability {at:.3g} is below {least:g}"
    held_s = case.body.reach_s - (case.body.foreseen_s or case.body.reach_s)
    if case.audience == "public" and reach.forecast > _MOSTLY and held_s < case.policy.forecast_hold_s:
        return f"probability {at:.3g} rests on a forecast, and was enough for {held_s:.0f} s of its states only"
    return None


def _standing(case: Case) -> Wish | str:
    """Return what follows while an alert stands: the end first, then what is known, then what was lost."""
    finding, body = case.finding, case.body
    if finding.fell is not None:
        return _fallen(case, finding.fell)
    if finding.passed and case.audience == "public":
        return Wish("passed", f"its own state of {_state_utc(body)} is beyond the protected land")
    if finding.over:
        close = "; it fell too near the line to tell on which side" if finding.close else ""
        return Wish("no_longer_possible", f"the last possible time of a fall is past{close}")
    since_s = body.below.get(case.audience)
    if finding.fresh and since_s is not None:
        return _below(case, body.reach_s - since_s)
    if finding.unconfirmed:
        return f"the alert stands, nothing is added: {finding.unconfirmed}"
    return _changed(case, _raising(case)) if finding.fresh else _lost(case)


def _below(case: Case, for_s: float) -> Wish | str:
    if for_s < case.policy.gone_s:
        return "below the threshold, not yet for long enough to lift the alert"
    return Wish("no_longer_possible", f"below the threshold for {for_s:.0f} s of its states")


def _fallen(case: Case, stage: Stage) -> Wish | str:
    """Return what a fall leads to; ships and aircraft are free of one on land, which the public is told of."""
    how = "followed down" if case.finding.settled else "by its last states, at the last possible time"
    if stage == "fell_at_sea":
        return Wish(stage, f"it fell at sea, outside territorial waters, {how}")
    if case.audience != "public":
        return Wish("no_longer_possible", f"it fell on land or in territorial waters, {how}")
    return raised(case, Wish(stage, f"it fell inside, {how}"))


def _after_passing(case: Case) -> Wish | str:
    finding, reach = case.finding, case.body.reach
    if finding.fell == "fell_at_sea":
        return _fallen(case, "fell_at_sea")
    if reach is None or not finding.fresh or finding.unconfirmed:
        return "it passed"
    if probability(reach, case.audience) < case.policy.least(case.audience, reach.forecast):
        return "it passed, and goes on"
    return raised(case, _raising(case))


def _raising(case: Case) -> Wish:
    """Return launch, or fall_predicted where that is borne out; the reason says what it rests on."""
    reach, finding = case.body.reach, case.finding
    assert reach is not None
    at = reach.territory if case.audience == "public" else probability(reach, case.audience)
    if finding.unpredicted or at < case.policy.lift_threshold:
        why = finding.unpredicted or "it is likelier to pass over than to fall here"
        return Wish(
            "launch", f"confirmed, probability {probability(reach, case.audience):.3g}; no fall told: {why}"
        )
    return Wish("fall_predicted", f"confirmed, probability {at:.3g}, fall predicted from a track that is followed")


def _lost(case: Case) -> Wish | str:
    """Return what is said of a lost track: what is known and what not, once, and again before that expires."""
    line, finding = case.line, case.finding
    assert line is not None
    if finding.settled:
        return "followed down; the time of its fall is awaited"
    if not line.lost:
        known = f"the track is lost since {_state_utc(case.body)}; where it falls is not known"
        return raised(case, Wish("launch", f"overtaken: {known}", lost=True))
    return _renewed(case, "launch", "the track is lost, and a fall is possible yet")


def _renewed(case: Case, stage: Stage, why: str) -> Wish | str:
    line = case.line
    assert line is not None
    if not _expires_soon(case, last_said(line)):
        return why
    if case.now_s - seconds(line.steps[0].decided_utc) > case.policy.longest_flight_s:
        return f"{why}; not renewed after {case.policy.longest_flight_s:g} s"
    return raised(case, Wish(stage, f"{why}: renewed before it expires", lost=line.lost))


def _expires_soon(case: Case, step: AlertStep) -> bool:
    return seconds(step.expires_utc) - case.now_s <= case.policy.renew_s


def _changed(case: Case, new: Wish) -> Wish | str:
    """Return the wish with what changed since the last step, or that nothing did on which a reader would act."""
    assert case.line is not None
    last = last_said(case.line)
    soon, since_s = _expires_soon(case, last), case.now_s - seconds(last.decided_utc)
    says = [
        *_changes_of_stage(case.line, last, new),
        *_changes_of_area(case, last),
        *_changes_of_fall(case, last, new),
    ]
    if not says and not soon:
        return f"nothing changed on which a reader would act ({new.stage}: {new.reason})"
    wait_s = _wait_s(case, new, says)
    if since_s < wait_s and not soon:
        return f"told {since_s:.0f} s ago; waits {wait_s:g} s: {'; '.join(says)}"
    changed = "; ".join(says) if says else "renewed before it expires"
    return raised(case, Wish(new.stage, f"{_why_first(case, last)}: {changed}; {new.reason}"))


def _wait_s(case: Case, new: Wish, says: list[str]) -> float:
    """Return how long (s) after the last step the next one may come; a stage that is new does not wait."""
    assert case.line is not None
    if new.stage not in {step.stage for step in case.line.steps}:
        return 0.0
    only_dropped = len(says) == 1 and says[0].startswith(DROPPED)
    return case.policy.remove_s if only_dropped else case.policy.repeat_s


def _changes_of_stage(line: Line, last: AlertStep, new: Wish) -> Iterator[str]:
    if new.stage != last.stage:
        yield f"stage {last.stage} to {new.stage}"
    if line.lost:
        yield "the track is found again"
    if line.owed:
        yield line.owed


def _changes_of_area(case: Case, last: AlertStep) -> Iterator[str]:
    assert case.body.reach is not None
    told = places(case.policy, case.body.reach, case.audience, last.places)
    was, now = _acted_on(last.places), _acted_on(told)
    if added := [_name(now[id_]) for id_ in now if id_ not in was]:
        yield "added: " + ", ".join(added)
    if dropped := [_name(was[id_]) for id_ in was if id_ not in now]:
        yield DROPPED + ", ".join(dropped)


def _changes_of_fall(case: Case, last: AlertStep, new: Wish) -> Iterator[str]:
    if new.stage != "fall_predicted" or last.stage != "fall_predicted":
        return
    if abs(moved_s := _moved_s(case, last)) > case.policy.time_change_s:
        yield f"the fall is {moved_s:+.0f} s from the time told"
    if (off_km := _off_km(case, last)) > 0.0:
        yield f"the fall is {off_km:.0f} km from the place told, outside its ellipse"


def _moved_s(case: Case, last: AlertStep) -> float:
    """Return by how much (s) the fall moved from the time that was told."""
    if last.fall_utc is None or case.body.fall_s is None:
        return 0.0
    return case.body.fall_s - seconds(last.fall_utc)


def _why_first(case: Case, last: AlertStep) -> str:
    """Return whether what was told before was wrong, or right then and overtaken.

    It was wrong where an object that was told to have fallen flies on, and where the fall lies outside the 95 %
    ellipse that was told, by more than the ellipse's half axis from its middle.
    """
    if last.stage == "fell_inside":
        return "wrong before, it flies on"
    return "wrong before" if _off_km(case, last) > 0.0 else "overtaken"


def _off_km(case: Case, last: AlertStep) -> float:
    """Return how far (km) the fall lies from the place told, 0 within the ellipse's half axis or if none was."""
    told, reach = None if case.line is None else case.line.reach, case.body.reach
    if last.stage != "fall_predicted" or told is None or told.fall_ellipse_95 is None or reach is None:
        return 0.0
    if None in {told.fall_lat_deg, told.fall_lon_deg, reach.fall_lat_deg, reach.fall_lon_deg}:
        return 0.0
    off_km = _apart_km(told, reach)
    return off_km if off_km > told.fall_ellipse_95.semi_major_km else 0.0


def _apart_km(one: Reach, other: Reach) -> float:
    """Return the distance of two falls over a sphere: right to a half per cent, and asked at each state."""
    ends = (one.fall_lat_deg, one.fall_lon_deg, other.fall_lat_deg, other.fall_lon_deg)
    lat1, lon1, lat2, lon2 = (math.radians(end or 0.0) for end in ends)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2e-3 * MEAN_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _acted_on(some: Iterable[Place]) -> dict[str, Place]:
    """Return the places on which a reader acts, by id: ships by sea areas, whatever state's waters these are."""
    return {place.id: place for place in some if place.role in {"district", "NAVAREA", "FIR"}}


def raised(case: Case, new: Wish) -> Wish | str:
    """Return an alarm if it is confirmed, probable, and its own reach has an area: none is made up or widened."""
    reach = case.body.reach
    if case.finding.unconfirmed:
        return f"nothing is added: {case.finding.unconfirmed}"
    if reach is None or not places(case.policy, reach, case.audience) or not rings(reach, case.audience):
        return f"refused: {new.stage} has no area for {case.audience}, and none is made up"
    if probability(reach, case.audience) < case.policy.lift_threshold:
        return "its newest state is below the threshold: nothing is added"
    return new


def _name(place: Place) -> str:
    return place.names.get("en", place.id)


def _state_utc(body: Body) -> str:
    return format_instant(body.seen_s)[:19] + "Z"
