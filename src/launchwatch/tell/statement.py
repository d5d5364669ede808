"""The finding in words: what is assessed carries its likelihood, what was said its speaker.

Sensors 'detect' and 'track'; models 'assess'; speakers 'say'. Every sentence names what it rests on.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from launchwatch.basis.instants import parse_instant
from launchwatch.basis.likelihood import format_probability, say_likelihood
from launchwatch.facts import Claim, Disagreement, Event, FallWords, Flight, Statement
from launchwatch.tell.shapes import held_share
from launchwatch.tell.traffic import answer_sentences, traffic_sentences
from launchwatch.tell.wording import (
    compass_word,
    in_korean_time,
    say_clock,
    say_count,
    say_day,
    say_instant,
    say_interval,
    say_list,
    say_minutes,
    say_number,
    shown,
)

Sentence = tuple[str, tuple[str, ...]]

_WORTH_TELLING = 0.05
_A_ZONE_MATTERS = 0.2
"""Probability from which a zone that nobody asked for gets a sentence; below, the record alone holds it."""

_LIKELIER_THAN_NOT = 0.5

_FAR_KM = 1500.0
"""Beyond this distance from its limit Japan's zone is not told of: a quarter more than any zone of its is wide."""

_POINTED_DEG = 90.0
"""A direction is told where its 90 % interval is narrower: a quarter of the compass."""

_SETTLED_RATIO = 3.0
"""A quantity that no source stated is told where the ends of its 90 % interval differ by less."""


def event_title(date: str | None, place: str | None) -> str:
    """Return an event's title of its ISO date and launch place, each where it is known."""
    return f"Missile launch, {say_day(date) if date else 'date unresolved'}" + (f": {place}" if place else "")


def compose_statement(event: Event, place: str | None) -> Statement:
    """Return the statement on an event; `place` names the launch area in words, where it is known."""
    sentences = [s for s in _sentences(event, place) if s[0]]
    return Statement(
        title=event.title,
        sentences=tuple(text for text, _ in sentences),
        basis=tuple(ids for _, ids in sentences),
    )


def _sentences(event: Event, place: str | None) -> Iterable[Sentence]:
    yield _opening(event, place)
    yield from _counts(event)
    yield from _detection(event)
    yield from _provisional(event)
    yield from _untimely(event)
    yield from _failed(event)
    several = len(event.objects) > 1
    for flight in event.objects:
        yield _flight(flight, several=several)
        yield _class(flight, several=several)
    for disagreement in event.disagreements:
        yield disagreement.summary, tuple(id_ for view in disagreement.views for id_ in view.claims)
    for flight in event.objects:
        yield from _fall_words(event, flight, several=several)
        yield from _waters(event, flight, several=several)
        yield from _passed_over(event, flight, several=several)
    yield from _unknown_waters(event)
    yield from traffic_sentences(event)
    yield from _said(event)
    if event.no_estimate_reason:
        yield f"No flight was estimated: {event.no_estimate_reason}.", ()
    yield _sources(event)


def _opening(event: Event, place: str | None) -> Sentence:
    flight = event.objects[0] if event.objects else None
    day = f" on {say_day(event.date)}" if event.date else f" ({event.date_basis})"
    where = f" from {place}" if place else ""
    clock, towards = _clocks(event), ""
    ids: tuple[str, ...] = ()
    if flight is not None:
        azimuth = flight.azimuth_deg
        if azimuth.p95 - azimuth.p05 < _POINTED_DEG:
            towards = f", towards the {compass_word(azimuth.median)}"
        ids = flight.trace["launch"] + flight.trace["launch_time"] + flight.trace["azimuth_deg"]
    counts = _numbers(event)
    said = max((count.number for count in counts), default=1)
    many = max(said, len(event.objects), len(event.tracks))
    subject = f"{say_count(many).capitalize()} objects were" if many > 1 else "An object was"
    if many > 1 and _is_least(event, many):
        subject = f"At least {say_count(many)} objects were"
    if many == _SEVERAL and not any(count.exact for count in counts) and len(event.objects) < many:
        subject = "Several objects were"
    elif any(count.number < many and count.exact for count in counts):
        subject = f"Up to {say_count(many)} objects were"
    return f"{subject} launched{where}{clock}{day}{towards}.", tuple(dict.fromkeys(ids))


def _is_least(event: Event, number: int) -> bool:
    """Return whether all who counted that many said "at least"."""
    said = [count.claim for count in _numbers(event) if count.number == number and count.exact]
    return bool(said) and all(claim.qualifier == "at_least" for claim in said)


_SEVERAL = 2  # what "several" and "multiple" mean at least


_ONE_CLOCK_S = 90.0
_VAGUE_CLOCK_S = 480.0


def _clocks(event: Event) -> str:
    """Return when the objects were launched: about a minute, or between two where they, or the sources, spread."""
    times = [flight.launch.time_utc for flight in event.objects if flight.launch.time_utc is not None]
    if not times:
        return ""
    near = in_korean_time(event.objects[0].launch.lat_deg, event.objects[0].launch.lon_deg)
    spread = [t for t in times if parse_instant(t.p95) - parse_instant(t.p05) > _VAGUE_CLOCK_S]
    first = min((t.p05 if t in spread else t.median for t in times), key=parse_instant)
    last = max((t.p95 if t in spread else t.median for t in times), key=parse_instant)
    if parse_instant(last) - parse_instant(first) <= _ONE_CLOCK_S:
        return f" at about {say_clock(first, korean=near)}"
    return f" between about {say_clock(first, korean=near)} and {say_clock(last, korean=near)}"


@dataclass(frozen=True)
class _Count:
    """How many objects a claim counts, of a range the greater end, and whether it gives a figure."""

    number: int
    exact: bool
    claim: Claim


def _numbers(event: Event) -> list[_Count]:
    """Return what the offices counted, or where none did, the outlets.

    An outlet's "a missile" counts for nothing where an office counted.
    """
    found = []
    for assessed in event.claims:
        claim = assessed.claim
        value = claim.value[-1] if isinstance(claim.value, tuple) else claim.value
        if claim.attribute == "count" and claim.about == "main" and claim.polarity == "asserted":
            number = _SEVERAL if value in ("several", "multiple") else value
            if isinstance(number, int | float):
                found.append(_Count(int(number), number is value, claim))
    offices = [count for count in found if count.claim.source != "outlet"]
    return offices or found


_AT_LEAST = {"at_least": "at least", "at_most": "at most", "about": "about"}


def _counts(event: Event) -> Iterable[Sentence]:
    """Yield who counted how many, where anybody counted more than one."""
    counts = _numbers(event)
    if all(count.number == 1 for count in counts):
        return
    told: dict[str, list[str]] = {}
    for count in counts:
        claim, word = count.claim, count.claim.value
        said = f"counted {word[0]} or {word[1]}" if isinstance(word, tuple) else f"counted {word}"
        if claim.qualifier in _AT_LEAST:
            said = f"counted {_AT_LEAST[claim.qualifier]} {word}"
        if isinstance(word, str):
            said = f"spoke of {word} objects"
        told.setdefault(said, []).append("the reports" if claim.source == "outlet" else claim.source)
    parts = [f"{say_list(list(dict.fromkeys(who)))} {said}" for said, who in told.items()]
    estimated = len(event.objects)
    most = max(count.number for count in counts)
    note = ""
    if 0 < estimated < most:
        note = f"; what follows is the flight that the figures describe, or {estimated} of them"
        note = "; the figures below describe one flight" if estimated == 1 else note
    text = f"{'; '.join(parts)}{note}."
    yield text[0].upper() + text[1:], tuple(count.claim.id for count in counts)


def _detection(event: Event) -> Iterable[Sentence]:
    if event.tracks:
        count = "one object" if len(event.tracks) == 1 else f"{say_count(len(event.tracks))} objects"
        yield f"Sensors detected and tracked {count} in flight.", event.tracks


def _provisional(event: Event) -> Iterable[Sentence]:
    """Yield a warning where an estimate did not converge."""
    poor = [flight for flight in event.objects if not flight.diagnostics.converged]
    if poor:
        which = "The estimate" if len(event.objects) == 1 else f"The estimate of object {poor[0].item}"
        yield f"{which} did not converge: its figures and likelihoods are provisional.", ()


def _untimely(event: Event) -> Iterable[Sentence]:
    """Yield a warning where a launch lies after the record's own clock."""
    launches = [flight.launch.time_utc.p05 for flight in event.objects if flight.launch.time_utc is not None]
    if any(parse_instant(when) > parse_instant(event.as_of_utc) for when in launches):
        yield "The launch lies after this record's own clock: one of the clocks is wrong.", ()


def _failed(event: Event) -> Iterable[Sentence]:
    """Yield what an estimate of a launch that is said to have failed is worth."""
    ids = [
        a.claim.id
        for a in event.claims
        if (a.claim.attribute, a.claim.value, a.claim.polarity, a.claim.about)
        == ("outcome", "failure", "asserted", "main")
    ]
    if ids and event.objects:
        yield (
            "The launch is said to have failed; the estimate takes the figures for those of a whole flight.",
            tuple(ids),
        )


def _flight(flight: Flight, *, several: bool) -> Sentence:
    who = f"Object {flight.item}" if several else "It"
    told, unsettled = [], []
    ids: tuple[str, ...] = ()
    for name, quantity, words in (
        ("range_km", flight.range_km, f"to have flown {_reach(flight)}"),
        ("apogee_km", flight.apogee_km, f"to have climbed to {say_interval(flight.apogee_km, 'km')}"),
        ("flight_time_s", flight.flight_time_s, f"to have flown for {say_minutes(flight.flight_time_s)}"),
    ):
        stated = bool(flight.trace[name])
        if stated or quantity.p95 < _SETTLED_RATIO * max(quantity.p05, 1e-9):
            told.append(words)
            ids += flight.trace[name]
        else:
            unsettled.append(_QUANTITY[name])
    text = f"{who} is assessed {say_list(told)}." if told else ""
    if unsettled:
        text += f" No source stated its {say_list(unsettled)}, and the rest does not settle it."
    return text.strip(), tuple(dict.fromkeys(ids))


_QUANTITY = {"range_km": "range", "apogee_km": "apogee", "flight_time_s": "flight time"}


def _reach(flight: Flight) -> str:
    if not flight.range_modes:
        return f"a ground range of {say_interval(flight.range_km, 'km')}"
    groups = [
        f"{say_number(mode.range_km.p05)} to {say_number(mode.range_km.p95)} km ({say_likelihood(mode.share)})"
        for mode in flight.range_modes
    ]
    return f"a ground range of {' or '.join(groups)}, nothing between"


_CLASS_WORDS = {
    "quasi-ballistic": "a quasi-ballistic missile, which stays low and pulls up",
    "SRBM": "a short-range ballistic missile",
    "MRBM": "a medium-range ballistic missile",
    "IRBM": "an intermediate-range ballistic missile",
    "ICBM": "an intercontinental ballistic missile",
    "cruise": "a cruise missile",
}


_SHORT_CLASS = {"quasi-ballistic": "quasi-ballistic", "SRBM": "short-range", "MRBM": "medium-range",
                "IRBM": "intermediate-range", "ICBM": "intercontinental", "cruise": "cruise"}  # fmt: skip


def _class(flight: Flight, *, several: bool) -> Sentence:
    who = f"Object {flight.item}" if several else "It"
    ranked = sorted(flight.class_.items(), key=lambda item: -item[1])
    name, share = ranked[0]
    if share >= 0.5:
        return f"{who} is assessed to be {_CLASS_WORDS[name]}: {say_likelihood(share)}.", flight.trace["class"]
    rivals = [f"{_SHORT_CLASS[rival]} {100 * odds:.0f} %" for rival, odds in ranked if odds >= 0.1]
    whose = f"The class of object {flight.item}" if several else "Its class"
    return f"{whose} is not settled: {say_list(rivals)}.", flight.trace["class"]


def _fall_words(event: Event, flight: Flight, *, several: bool) -> Iterable[Sentence]:
    """Yield where the middle of the fall area lies, from a place; of separate groups each with its likelihood."""
    own = [one for one in event.falls if one.item == flight.item]
    whose = f"The fall area of object {flight.item}" if several else "The fall area"
    if len(own) == 1 and flight.impact.ellipse_95.semi_major_km <= _SAYABLE_KM:
        ids = flight.trace["impact"] or flight.informed_by
        yield f"The middle of {whose.replace('The', 'the', 1)} lies {_in_words(own[0])}.", ids
    elif len(own) > 1:
        said = [f"{_in_words(one)} ({say_likelihood(one.share)})" for one in own]
        yield f"{whose} is in {say_count(len(own))} parts: {'; or '.join(said)}.", flight.informed_by


_SAYABLE_KM = 500.0  # an area wider than that has no middle worth a place's name


def _in_words(fall: FallWords) -> str:
    text, far = fall.text["en"], fall.distance_km
    if far is None or fall.direction is None:
        return text
    span = f"{say_number(far.p05)} to {say_number(far.p95)} km"
    return f"{text}, in round figures (90 % interval of the distance: {span})"


def _waters(event: Event, flight: Flight, *, several: bool) -> Iterable[Sentence]:
    ids = flight.informed_by
    if not (flight.trace["azimuth_deg"] or flight.trace["impact"]):
        which = f"Object {flight.item}'s direction" if several else "Its direction"
        yield f"{which} is not known: whose land or waters it came down in is not assessed.", ()
        return
    own = [zone for zone in event.zones if zone.item == flight.item]
    whose = f"The impact of object {flight.item}" if several else "The impact"
    asked = [z for z in own if z.zone == "eez:JPN" and (z.margin_km is None or z.margin_km.median < _FAR_KM)]
    likely = [z for z in own if z.zone != "eez:JPN" and z.probability >= _LIKELIER_THAN_NOT]
    for zone in (*asked, *likely):
        yield f"{whose} is assessed as {zone.wording}.", ids
    least = {"land": _WORTH_TELLING, "territorial_sea": _WORTH_TELLING, "eez": _A_ZONE_MATTERS}
    may = [z for z in own if z not in (*asked, *likely) and z.probability >= least.get(z.kind, _A_ZONE_MATTERS)]
    if may:
        held = [f"{z.called} ({format_probability(z.probability)})" for z in may]
        yield f"{whose} may lie in {say_list(held)}; lines are computed, not legal.", ids
    land = [zone for zone in own if zone.kind == "land" and zone.probability >= _WORTH_TELLING]
    if not land and (event.zones_known or 0.0) >= 1 - _WORTH_TELLING:
        most = held_share(event, flight.item, ("land",))
        yield f"An impact{whose.removeprefix('The impact')} on land is assessed as {say_likelihood(most)}.", ids


def _passed_over(event: Event, flight: Flight, *, several: bool) -> Iterable[Sentence]:
    """Yield which territories other than the launch's own it passed over, and how high."""
    if not (flight.trace["azimuth_deg"] or flight.trace["impact"]):
        return
    own = [o for o in event.overflights if o.item == flight.item and o.kind == "territory"]
    told = [o for o in own if o.probability >= _A_ZONE_MATTERS and o.from_s.median > 0]
    which = f"object {flight.item}" if several else "it"
    for one in told:
        names = say_list(list(one.names)) if len(one.states) > 1 else one.names[0]
        low, high = one.lowest_km.median, one.highest_km.median
        heights = f"{low:.0f} km" if round(low) == round(high) else f"{low:.0f} to {high:.0f} km"
        text = (
            f"That {which} passed over the territory of {names} (land and territorial sea, computed, not legal) "
            f"is {say_likelihood(one.probability)}; at {heights} height."
        )
        yield text, flight.informed_by


def _unknown_waters(event: Event) -> Iterable[Sentence]:
    unknown = 1 - event.zones_known if event.zones_known is not None else 0.0
    if unknown >= _WORTH_TELLING:
        text = (
            "Land and waters are known here in a part of the world only; with "
            f"{format_probability(unknown)} probability the impact lies beyond, and whose land or waters it meets "
            "there is not assessed."
        )
        yield text, ()


def _said(event: Event) -> Iterable[Sentence]:
    """Yield what speakers said of waters, damage, threat, preparations and sharing, one sentence each."""
    told: set[tuple[str, str, str]] = set()
    for assessed in event.claims:
        claim = assessed.claim
        if claim.attribute not in _ATTRIBUTED or claim.about != "main":
            continue
        sentence = _ATTRIBUTED[claim.attribute](claim)
        side = f"{claim.value} {claim.polarity}" if claim.attribute == "eez" else ""
        key = (claim.attribute, claim.source, side)
        if key in told:
            continue
        told.add(key)
        same = tuple(
            a.claim.id
            for a in event.claims
            if (a.claim.attribute, a.claim.source, a.claim.about) == (*key[:2], "main")
        )
        yield sentence, same
    yield from answer_sentences(event.answers, korean=_korean(event))
    if not event.answers and not any(attribute == "damage" for attribute, _, _ in told):
        yield "Nothing was said of damage to ships or aircraft, and nobody was asked.", ()


def _korean(event: Event) -> bool:
    return not event.objects or in_korean_time(event.objects[0].launch.lat_deg, event.objects[0].launch.lon_deg)


def _who(claim: Claim) -> str:
    return "A report" if claim.source == "outlet" else claim.source


def _said_of_waters(claim: Claim) -> str:
    hedge = "" if claim.hedge is None else " with reserve"
    side = {"inside": "outside", "outside": "inside"}.get(str(claim.value), str(claim.value))
    side = side if claim.polarity == "denied" else str(claim.value)
    return f"{_who(claim)} said{hedge} that it fell {side} {claim.unit or 'Japan'}'s exclusive economic zone."


_SHIPS_OR_AIRCRAFT = re.compile(r"ship|vessel|boat|aircraft|plane|船|航空機|선박|항공기", re.IGNORECASE)


def _said_of_damage(claim: Claim) -> str:
    none = str(claim.value).startswith("none") != (claim.polarity == "denied")
    if none:
        how = str(claim.value).removeprefix("none").strip() or "known"
        what = " to ships or aircraft" if _SHIPS_OR_AIRCRAFT.search(claim.quote) else ""
        return f"{_who(claim)} said that no damage{what} was {how}."
    return f"{_who(claim)} said, on damage: “{shown(claim.quote.strip())}”."


def _said_of_threat(claim: Claim) -> str:
    denied = ", as denied" if claim.polarity == "denied" else ""
    return f"{_who(claim)} said, on whether it is a threat: “{shown(claim.quote.strip())}”{denied}."


def _said_of_outcome(claim: Claim) -> str:
    ended = {"failure": "failed", "success": "succeeded", "partial": "succeeded in part"}
    denied = "did not say" if claim.polarity == "denied" else "said"
    return f"{_who(claim)} {denied} that the launch {ended.get(str(claim.value), str(claim.value))}."


def _said_of_preparations(claim: Claim) -> str:
    return f"{_who(claim)} said that preparations had been detected beforehand."


def _said_of_sharing(claim: Claim) -> str:
    partners = claim.value if isinstance(claim.value, tuple) else (claim.value,)
    return f"{_who(claim)} said that information was shared with {say_list([str(p) for p in partners])}."


_ATTRIBUTED: dict[str, Callable[[Claim], str]] = {
    "outcome": _said_of_outcome,
    "eez": _said_of_waters,
    "damage": _said_of_damage,
    "threat": _said_of_threat,
    "preparations_detected": _said_of_preparations,
    "shared_with": _said_of_sharing,
}


def _sources(event: Event) -> Sentence:
    reports, recordings = len(event.reports), len(event.recordings)
    parts = []
    if reports:
        parts.append(f"{reports} report{'s' * (reports > 1)}")
    if recordings:
        parts.append(f"{recordings} sensor recording{'s' * (recordings > 1)}")
    ids = tuple(m.id for m in (*event.reports, *event.recordings))
    text = (
        f"This statement rests on {say_list(parts) or 'no evidence'} as of {say_instant(event.as_of_utc)}. "
        "Zones are computed, not legal boundaries; likelihood words follow ICD 203."
    )
    return text, ids


def statement_text(event: Event) -> str:
    """Return the statement as plain text, the status first where it is not real."""
    assert event.statement is not None
    banner = "" if event.status == "actual" else f"*** {event.status.upper()} - {event.status.upper()} ***\n\n"
    body = "\n\n".join(event.statement.sentences)
    return f"{banner}{event.statement.title}\n\n{body}\n\n{banner}".rstrip() + "\n"


def disagreement_heading(disagreement: Disagreement) -> str:
    """Return a short heading, such as `range: South Korea 700, Japan 450`."""
    sides: Sequence[str] = [f"{view.source} {_value(view.value)}" for view in disagreement.views]
    return f"{disagreement.attribute.split('_')[0]}: {', '.join(sides)}"


def _value(value: float | tuple[float, float]) -> str:
    return f"{value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else f"{value:g}"
