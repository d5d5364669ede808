"""The event page's tables of what lay below a flight and who was there: rows of texts, ready to be printed."""

from dataclasses import dataclass
from typing import NamedTuple

from launchwatch.basis.likelihood import format_probability, say_likelihood
from launchwatch.facts import (
    AirspaceTouch,
    CraftExposure,
    Event,
    FallWords,
    Interval,
    KindExposure,
    LaneCrossing,
    Overflight,
    PortNearby,
    Recipient,
)
from launchwatch.tell.figures import say_instant, say_place
from launchwatch.tell.traffic import port_distance
from launchwatch.tell.wording import say_number

_PARTS = {"fall": "the fall", "climb": "the climb", "descent": "the descent"}


class RecipientRow(NamedTuple):
    """Who must be told."""

    item: int
    name: str
    role: str
    names: str
    probability: str
    earliest: str
    latest: str
    basis: str


class CraftRow(NamedTuple):
    """One ship or aircraft."""

    name: str
    identity: str
    relation: str
    inside: str
    probability: str
    distance: str
    place: str
    age: str
    doubt: str


class KindTable(NamedTuple):
    """Ships, or aircraft, against the fall of one object."""

    title: str
    rows: tuple[CraftRow, ...]


class BelowRow(NamedTuple):
    """A territory passed over, or an airspace touched."""

    item: int
    names: str
    kind: str
    part: str
    probability: str
    bounds: str
    time: str
    heights: str
    status: str
    basis: str


class PortRow(NamedTuple):
    """A port near the fall area."""

    item: int
    name: str
    listed: str
    locode: str
    size: str
    distance: str
    place: str


class LaneRow(NamedTuple):
    """A shipping lane across the fall area."""

    item: int
    passage: str
    start: str
    end: str
    inside: str


@dataclass(frozen=True)
class ExposedTables:
    """All tables of the section; `several` where rows tell of more than one object."""

    falls: tuple[str, ...]
    recipients: tuple[RecipientRow, ...]
    notes: tuple[str, ...]
    kinds: tuple[KindTable, ...]
    overflights: tuple[BelowRow, ...]
    airspace: tuple[BelowRow, ...]
    ports: tuple[PortRow, ...]
    lanes: tuple[LaneRow, ...]
    lanes_source: str
    several: bool
    any: bool


def exposed_tables(event: Event) -> ExposedTables:
    """Return the tables of an event."""
    several, traffic = len(event.objects) > 1, event.traffic
    notes = dict.fromkeys(note[:1].upper() + note[1:] for one in traffic for note in one.notes)
    return ExposedTables(
        falls=tuple(_fall(fall, several=several) for fall in event.falls),
        recipients=tuple(_recipient(one.item, who) for one in traffic for who in one.recipients),
        notes=tuple(notes),
        kinds=tuple(_kind(one.item, kind, several=several) for one in traffic for kind in one.kinds),
        overflights=tuple(_passed(one) for one in event.overflights),
        airspace=tuple(_touched(one) for one in event.airspace),
        ports=tuple(_port(one.item, port) for one in traffic for port in one.ports),
        lanes=tuple(_lane(one.item, lane) for one in traffic for lane in one.lanes),
        lanes_source=next((one.lanes_source for one in traffic if one.lanes and one.lanes_source), ""),
        several=several,
        any=bool(event.exposure or traffic or event.overflights or event.airspace or event.falls or event.answers),
    )


def _fall(fall: FallWords, *, several: bool) -> str:
    which = f"Object {fall.item}: the" if several else "The"
    share = "" if fall.share == 1 else f" of one part ({say_likelihood(fall.share)})"
    words = " · ".join(fall.text[language] for language in ("en", "ja", "ko") if language in fall.text)
    return f"{which} middle{share} of the fall area: {words}"


def _recipient(item: int, one: Recipient) -> RecipientRow:
    reached = "" if one.within_95 else "; the 95 % area does not reach it"
    return RecipientRow(
        item=item,
        name=one.name,
        role=one.role,
        names=" / ".join(one.names),
        probability=say_likelihood(one.probability) + reached,
        earliest=say_instant(one.earliest_utc) if one.earliest_utc else "clock not known",
        latest=say_instant(one.latest_utc) if one.latest_utc else "clock not known",
        basis=one.basis,
    )


def _kind(item: int, found: KindExposure, *, several: bool) -> KindTable:
    word = "Ships" if found.kind == "ship" else "Aircraft"
    whose = f" at the fall of object {item}" if several else " at the fall"
    title = (
        f"{word}{whose}: {found.known:,} known, {found.inside} likelier than not inside, {found.heading} heading "
        f"into it; near means within {found.danger_km:.3g} km"
    )
    return KindTable(title, tuple(_craft(craft) for craft in found.craft))


def _craft(craft: CraftExposure) -> CraftRow:
    gap = craft.distance_km
    enters = f", at {say_instant(craft.enters_utc)}" if craft.enters_utc else ""
    late = "" if craft.age_s >= 0 else " after the fall"
    return CraftRow(
        name=craft.name or "not named",
        identity=f"{'MMSI' if craft.kind == 'ship' else 'ICAO'} {craft.identity}",
        relation=craft.relation + enters,
        inside=format_probability(craft.inside_95),
        probability=format_probability(craft.probability),
        distance=f"{say_number(gap.median)} km ({say_number(gap.p05)} to {say_number(gap.p95)})",
        place=f"{say_place(craft.lat_deg, craft.lon_deg)}, known to {craft.sigma_km:.2g} km",
        age=f"{abs(craft.age_s) / 60:.1f} min{late}",
        doubt=craft.doubt or "",
    )


def _passed(one: Overflight) -> BelowRow:
    kinds = {"land": "land", "territory": "land and territorial sea", "not covered": "not covered"}
    return BelowRow(
        item=one.item,
        names=" / ".join(one.names) or one.area,
        kind=kinds[one.kind],
        part="",
        probability=say_likelihood(one.probability),
        bounds=_bounds(one.probability_low, one.probability_high),
        time=_span(one.from_s, one.until_s),
        heights=f"{one.lowest_km.median:.0f} to {one.highest_km.median:.0f} km",
        status=one.status,
        basis="",
    )


def _touched(one: AirspaceTouch) -> BelowRow:
    below = f" below {one.below_km:g} km" if one.below_km else ""
    near = f", within {one.within_km:g} km" if one.within_km else ""
    error = f"; up to {one.line_error_km:g} km off" if one.line_error_km else ""
    return BelowRow(
        item=one.item,
        names=f"{' / '.join(one.names)} ({one.id})" if one.id not in one.names else one.id,
        kind=one.kind,
        part=f"{_PARTS[one.part]}{below}{near}",
        probability=say_likelihood(one.probability),
        bounds=_bounds(one.probability_low, one.probability_high),
        time=_span(one.from_s, one.until_s),
        heights="",
        status=one.relation,
        basis=f"{one.basis}{error}",
    )


def _bounds(low: float, high: float) -> str:
    return f"{format_probability(low)} to {format_probability(high)}"


def _span(start: Interval, end: Interval) -> str:
    same = round(start.median) == round(end.median)
    return f"{start.median:.0f} s" if same else f"{start.median:.0f} to {end.median:.0f} s"


def _port(item: int, port: PortNearby) -> PortRow:
    return PortRow(
        item=item,
        name=port.name,
        listed=port.listed_under,
        locode=port.locode or "",
        size=(port.size or "not stated").lower(),
        distance=port_distance(port),
        place=say_place(port.lat_deg, port.lon_deg),
    )


def _lane(item: int, lane: LaneCrossing) -> LaneRow:
    return LaneRow(
        item=item,
        passage=lane.passage or "open sea",
        start=say_place(lane.start[1], lane.start[0]),
        end=say_place(lane.end[1], lane.end[0]),
        inside=f"{say_number(lane.inside_km)} km",
    )
