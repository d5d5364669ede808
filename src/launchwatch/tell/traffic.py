"""Ships, aircraft, whom to tell and who answered, in words."""

from collections.abc import Iterable, Sequence

from launchwatch.basis.instants import parse_instant
from launchwatch.basis.likelihood import format_probability, say_likelihood
from launchwatch.facts import (
    Answer,
    CraftExposure,
    Event,
    Exposure,
    KindExposure,
    PortNearby,
    Recipient,
    TrafficExposure,
)
from launchwatch.tell.wording import in_korean_time, say_clock, say_count, say_list, say_number, shown

Sentence = tuple[str, tuple[str, ...]]

_WORTH_TELLING = 0.01
_MOST_NAMED = 3
_PLURAL = {"ship": "ships", "aircraft": "aircraft"}
_SINGULAR = {"ship": "ship", "aircraft": "aircraft"}
NO_POSITIONS = "not assessed: no positions of {} were given"


def exposure_rows(found: Sequence[TrafficExposure], answers: Sequence[Answer], as_of_utc: str) -> list[Exposure]:
    """Return a row for ships, one for aircraft and one for those who must be told, of each object."""
    asked = tuple(dict.fromkeys(answer.who for answer in answers))
    if not any(one.kinds or one.not_assessed for one in found):
        nobody = "" if asked else ", and nobody was asked"
        what = f"{NO_POSITIONS.format('ships or aircraft')}{nobody}"
        none = [Exposure(kind="ships and aircraft", description=what, probability=None, as_of_utc=as_of_utc,
                         asked=asked)]  # fmt: skip
        return none + [_told_row(one, as_of_utc) for one in found if one.recipients]
    rows: list[Exposure] = []
    for one in found:
        if one.not_assessed:
            what = f"not assessed: {one.not_assessed}"
            rows.append(Exposure(kind="ships and aircraft", description=what, probability=None,
                                 as_of_utc=as_of_utc, asked=asked))  # fmt: skip
        else:
            known = {kind.kind: kind for kind in one.kinds}
            rows += [_kind_row(kind, known.get(kind), as_of_utc, asked) for kind in ("ship", "aircraft")]
        if one.recipients:
            rows.append(_told_row(one, as_of_utc))
    return rows


def _kind_row(kind: str, found: KindExposure | None, as_of_utc: str, asked: tuple[str, ...]) -> Exposure:
    if found is None:
        what, odds = NO_POSITIONS.format(_PLURAL[kind]), None
    else:
        what, odds = describe_kind(found), found.probability
    return Exposure(kind=_PLURAL[kind], description=what, probability=odds, as_of_utc=as_of_utc, asked=asked)


def _told_row(found: TrafficExposure, as_of_utc: str) -> Exposure:
    return Exposure(
        kind="to be told", description=describe_recipients(found.recipients), probability=None, as_of_utc=as_of_utc
    )


def describe_kind(found: KindExposure) -> str:
    """Return what was found of ships or of aircraft in one line."""
    parts = [
        f"of {found.known:,} known, {found.inside} likelier than not inside the 95 % fall area at the fall",
        f"{found.heading} heading into it",
        f"any within {found.danger_km:.3g} km of the impact: {format_probability(found.probability)}",
    ]
    near = nearest(found)
    if near is not None:
        parts.append(f"nearest: {craft_name(near)}, {say_number(near.distance_km.median)} km")
    if found.aged:
        parts.append(f"{found.aged:,} by aged positions, believed the less")
    return "; ".join(parts)


def nearest(found: KindExposure) -> CraftExposure | None:
    """Return the craft whose median distance from the impact is least."""
    return min(found.craft, key=lambda one: one.distance_km.median, default=None)


def craft_name(craft: CraftExposure) -> str:
    """Return what a craft is called, with its identity."""
    label = "MMSI" if craft.kind == "ship" else "ICAO"
    return f"{shown(craft.name)} ({label} {craft.identity})" if craft.name else f"{label} {craft.identity}"


def describe_recipients(found: Sequence[Recipient]) -> str:
    """Return who must be told, role by role; a flight information region only where one was asked."""
    parts = []
    for role, title in (
        ("FIR", "FIR"),
        ("NAVAREA", "sea"),
        ("coastal state", "states"),
        ("district", "districts"),
    ):
        own = [one for one in found if one.role == role]
        if own:
            parts.append(f"{title}: {', '.join(f'{_recipient(one)}' for one in own)}")
        elif role == "FIR":
            parts.append("FIR: not stated")
    return "; ".join(parts)


def _recipient(one: Recipient) -> str:
    who = f"{one.name} ({one.names[0]}, " if one.role == "NAVAREA" and one.names else f"{one.name} ("
    return f"{who}{format_probability(one.probability)})"


def traffic_sentences(event: Event) -> Iterable[Sentence]:
    """Yield what was found about ships and aircraft, and whom to tell."""
    korean = not event.objects or in_korean_time(event.objects[0].impact.lat_deg, event.objects[0].impact.lon_deg)
    several = len(event.traffic) > 1
    for found in event.traffic:
        which = f" of object {found.item}" if several else ""
        if found.not_assessed:
            yield f"Ships and aircraft about the fall{which} are not assessed: {found.not_assessed}.", ()
        for kind in found.kinds:
            yield from _kind_sentences(kind, which, korean=korean)
        if found.kinds and len(found.kinds) == 1:
            other = "aircraft" if found.kinds[0].kind == "ship" else "ships"
            yield f"No positions of {other} were given: they are not assessed.", ()
        likely = [one for one in found.recipients if one.role != "district" or one.probability >= _WORTH_TELLING]
        ids = next((flight.informed_by for flight in event.objects if flight.item == found.item), ())
        if likely:
            yield f"To be told of the fall{which}: {describe_recipients(likely)}.", ids
        yield from _seaway_sentences(found, which, ids)


def _seaway_sentences(found: TrafficExposure, which: str, ids: tuple[str, ...]) -> Iterable[Sentence]:
    if found.ports:
        named = [f"{shown(port.name)} ({port_distance(port)})" for port in found.ports[:_MOST_NAMED]]
        more = f" and {found.ports_near - len(named)} more" if found.ports_near > len(named) else ""
        near = f"within {found.ports_within_km:g} km of the 95 % fall area{which}"
        yield f"Ports {near}: {', '.join(named)}{more}.", ids
    if found.lanes:
        inside = sum(lane.inside_km for lane in found.lanes)
        passages = list(dict.fromkeys(shown(lane.passage) for lane in found.lanes if lane.passage))
        by = f", by way of {say_list(passages)}" if passages else ""
        many = "Shipping lanes run" if len(found.lanes) > 1 else "A shipping lane runs"
        yield f"{many} {say_number(inside)} km through the 95 % fall area{which}{by} ({found.lanes_source}).", ids


def port_distance(port: PortNearby) -> str:
    """Return how far a port lies from the 95 % area."""
    return "inside" if port.distance_km == 0 else f"{say_number(port.distance_km)} km"


def _kind_sentences(found: KindExposure, which: str, *, korean: bool) -> Iterable[Sentence]:
    one = _SINGULAR[found.kind]
    many = _PLURAL[found.kind]
    known = f"Of {found.known:,} {many if found.known != 1 else one} whose positions were given"
    count = say_count(found.inside) if found.inside else "none"
    were = "was" if found.inside == 1 else "were"
    danger = f"that any was within {found.danger_km:.3g} km of the impact"
    text = (
        f"{known}, {count} {were} likelier than not inside the 95 % fall area{which} at the moment of the fall; "
        f"{danger} is assessed as {say_likelihood(found.probability)}."
    )
    yield text, ()
    inside = [craft for craft in found.craft if craft.relation == "inside"][:_MOST_NAMED]
    if inside:
        named = [f"{craft_name(c)} ({format_probability(c.inside_95)})" for c in inside]
        more = " and others" if found.inside > len(inside) else ""
        yield f"Inside: {say_list(named)}{more}.", ()
    heading = [craft for craft in found.craft if craft.relation == "heading into it"][:_MOST_NAMED]
    if heading:
        named = [f"{craft_name(c)} at {say_clock(c.enters_utc, korean=korean)}" for c in heading if c.enters_utc]
        more = f", and {found.heading - len(heading)} more" if found.heading > len(heading) else ""
        yield f"Heading into it on the course last sent: {say_list(named)}{more}.", ()
    near = nearest(found)
    if near is not None:
        gap = near.distance_km
        text = (
            f"The nearest {one} at that moment was {craft_name(near)}, {say_number(gap.median)} km from the "
            f"impact (90 % interval {say_number(gap.p05)} to {say_number(gap.p95)})."
        )
        yield text, ()
    if found.aged:
        were = "position is" if found.aged == 1 else "positions are"
        yield f"{found.aged:,} {were} aged: what is reckoned from old positions is wide.", ()


def answer_sentences(answers: Sequence[Answer], *, korean: bool = True) -> Iterable[Sentence]:
    """Yield what those who were asked after damage have answered: nothing that no recorded answer says."""
    damage = [one for one in answers if one.answer == "damage"]
    none = [one for one in answers if one.answer == "no damage"]
    for one in damage:
        said = f": “{shown(one.text)}”" if one.text else ""
        yield f"{shown(one.who)} reported damage{_at(one, korean=korean)}{said}.", (one.id,)
    if none and not damage:
        last = max(none, key=lambda one: parse_instant(one.answered_utc or one.asked_utc))
        clock = say_clock(last.answered_utc or last.asked_utc, korean=korean)
        who = say_list(list(dict.fromkeys(shown(one.who) for one in none)))
        ids = tuple(one.id for one in none)
        yield f"No reports of damage received as of {clock}: so answered {who}.", ids
    unsure = [one for one in answers if one.answer == "not known"]
    if unsure:
        who = say_list(list(dict.fromkeys(shown(one.who) for one in unsure)))
        yield f"{who} answered that it is not known whether there is damage.", tuple(one.id for one in unsure)
    answered = {one.who for one in answers if one.answer is not None}
    silent = [one for one in answers if one.answer is None and one.who not in answered]
    if silent:
        who = say_list(list(dict.fromkeys(shown(one.who) for one in silent)))
        verbs = "was asked and has" if len({one.who for one in silent}) == 1 else "were asked and have"
        yield f"{who} {verbs} not answered.", tuple(one.id for one in silent)


def _at(answer: Answer, *, korean: bool) -> str:
    return f" at {say_clock(answer.answered_utc, korean=korean)}" if answer.answered_utc else ""
