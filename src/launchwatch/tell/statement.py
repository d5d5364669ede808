"""The finding in words: what is assessed carries its likelihood, what was said its speaker.

Sensors 'detect' and 'track'; models 'assess'; speakers 'say'. Every sentence names what it rests on.
"""

from collections.abc import Iterable, Sequence

from launchwatch.basis.likelihood import say_likelihood
from launchwatch.facts import Claim, Disagreement, Event, Flight, Statement
from launchwatch.tell.wording import (
    compass_word,
    say_clock,
    say_day,
    say_instant,
    say_interval,
    say_list,
    say_number,
)

Sentence = tuple[str, tuple[str, ...]]

_SAID = {
    "damage": "damage",
    "threat": "whether it is a threat",
    "preparations_detected": "preparations",
    "shared_with": "sharing",
}


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
    yield from _detection(event)
    for flight in event.objects:
        yield _flight(flight, several=len(event.objects) > 1)
        yield _class(flight)
    for disagreement in event.disagreements:
        yield disagreement.summary, tuple(id_ for view in disagreement.views for id_ in view.claims)
    yield from _waters(event)
    yield from _said(event)
    if event.no_estimate_reason:
        yield f"No flight was estimated: {event.no_estimate_reason}.", ()
    yield _sources(event)


def _opening(event: Event, place: str | None) -> Sentence:
    flight = event.objects[0] if event.objects else None
    day = f" on {say_day(event.date)}" if event.date else f" ({event.date_basis})"
    where = f" from {place}" if place else ""
    clock, towards = "", ""
    ids: tuple[str, ...] = ()
    if flight is not None:
        towards = f", towards the {compass_word(flight.azimuth_deg.median)}"
        ids = flight.trace["launch"] + flight.trace["launch_time"] + flight.trace["azimuth_deg"]
        if flight.launch.time_utc is not None:
            clock = f" at about {say_clock(flight.launch.time_utc.median)}"
    many = f"{len(event.objects)} objects were" if len(event.objects) > 1 else "An object was"
    return f"{many} launched{where}{clock}{day}{towards}.", tuple(dict.fromkeys(ids))


def _detection(event: Event) -> Iterable[Sentence]:
    if event.tracks:
        count = "one object" if len(event.tracks) == 1 else f"{len(event.tracks)} objects"
        yield f"Sensors detected and tracked {count} in flight.", event.tracks


def _flight(flight: Flight, *, several: bool) -> Sentence:
    who = f"Object {flight.item}" if several else "It"
    ids = flight.trace["range_km"] + flight.trace["apogee_km"] + flight.trace["flight_time_s"]
    if flight.range_modes:
        groups = [
            f"{say_number(mode.range_km.p05)} to {say_number(mode.range_km.p95)} km ({say_likelihood(mode.share)})"
            for mode in flight.range_modes
        ]
        reach = f"a ground range of {' or '.join(groups)}, nothing between"
    else:
        reach = f"a ground range of {say_interval(flight.range_km, 'km')}"
    minutes = say_number(flight.flight_time_s.median / 60)
    text = (
        f"{who} is assessed to have flown {reach}, to have climbed to {say_interval(flight.apogee_km, 'km')}, and "
        f"to have flown for about {minutes} minutes."
    )
    return text, tuple(dict.fromkeys(ids))


_CLASS_WORDS = {
    "quasi-ballistic": "a quasi-ballistic missile, which stays low and pulls up",
    "SRBM": "a short-range ballistic missile",
    "MRBM": "a medium-range ballistic missile",
    "IRBM": "an intermediate-range ballistic missile",
    "ICBM": "an intercontinental ballistic missile",
}


def _class(flight: Flight) -> Sentence:
    name, share = max(flight.class_.items(), key=lambda item: item[1])
    return f"It was assessed to be {_CLASS_WORDS[name]}: {say_likelihood(share)}.", flight.trace["class"]


def _waters(event: Event) -> Iterable[Sentence]:
    flights = event.objects
    ids = tuple(dict.fromkeys(id_ for flight in flights for id_ in flight.informed_by))
    asked = [zone for zone in event.zones if zone.zone == "eez:JPN"]
    others = [z for z in event.zones if z.zone != "eez:JPN" and z.probability >= 0.05 and z.kind != "land"]
    for zone in (*asked, *others[:3]):
        yield f"The impact is assessed as {zone.wording}.", ids
    land = [zone for zone in event.zones if zone.kind == "land" and zone.probability >= 0.05]
    for zone in land:
        yield f"The impact is assessed as {zone.wording}.", ids
    if flights and not land:
        most = max((zone.probability for zone in event.zones if zone.kind == "land"), default=0.0)
        yield f"An impact on land is assessed as {say_likelihood(most)}.", ids


def _said(event: Event) -> Iterable[Sentence]:
    """Yield what speakers said of damage, threat, preparations and sharing, one sentence a speaker and matter."""
    told: set[tuple[str, str]] = set()
    for assessed in event.claims:
        claim = assessed.claim
        key = (claim.attribute, claim.source)
        if claim.attribute not in _SAID or claim.about != "main" or key in told:
            continue
        told.add(key)
        same = tuple(
            a.claim.id
            for a in event.claims
            if (a.claim.attribute, a.claim.source, a.claim.about) == (*key, "main")
        )
        yield _attributed(claim), same
    if not any(attribute == "damage" for attribute, _ in told):
        yield "Nothing was said of damage to ships or aircraft, and nobody was asked.", ()


def _attributed(claim: Claim) -> str:
    who = "The report" if claim.source == "outlet" else claim.source
    if claim.attribute == "preparations_detected":
        return f"{who} said that preparations had been detected beforehand."
    if claim.attribute == "shared_with":
        partners = claim.value if isinstance(claim.value, tuple) else (claim.value,)
        return f"{who} said that information was shared with {say_list([str(p) for p in partners])}."
    said = f"“{claim.quote.strip()}”"
    denied = ", as denied" if claim.polarity == "denied" else ""
    return f"On {_SAID[claim.attribute]} {who} is reported with: {said}{denied}."


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
